//! Paths that are not for clients, however they are written.

use percent_encoding::percent_decode_str;

/// The paths of the configuration, and everything below them.
#[derive(Debug)]
pub(crate) struct PrivatePaths(Vec<String>);

impl PrivatePaths {
    pub(crate) fn new(paths: &[String]) -> Self {
        Self(paths.iter().map(|path| plain(path)).collect())
    }

    pub(crate) fn contains(&self, path: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let is_plain = !path.contains(['%', '\\', ';']) && !path.contains("//") && !path.contains("/.");
        let below = |path: &str| {
            self.0.iter().any(|private| {
                path.get(..private.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(private))
                    && matches!(path.as_bytes().get(private.len()), None | Some(b'/'))
            })
        };
        if is_plain { below(path) } else { below(&plain(path)) }
    }
}

/// A path as the most obliging server would read it: decoded (twice, as two servers in a row might), without empty, `.` and `..` segments and without parameters.
fn plain(path: &str) -> String {
    let once = percent_decode_str(path).decode_utf8_lossy();
    let twice = percent_decode_str(&once).decode_utf8_lossy();
    let mut segments: Vec<&str> = Vec::new();
    for segment in twice.split(['/', '\\']) {
        match segment.split(';').next().unwrap_or_default().trim_matches(['\0', ' ']) {
            "" | "." => {}
            ".." => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    segments.iter().flat_map(|segment| ["/", segment]).collect()
}
