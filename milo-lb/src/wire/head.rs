//! The lines of a request's head, each read strictly: what RFC 9112 lets a recipient repair is refused.

use super::Refusal;

/// What the lines so far have said about how the request is framed.
#[derive(Debug, Default)]
pub(super) struct Head {
    started: bool,
    fields: usize,
    version_1_0: bool,
    bodiless: bool,
    /// Of an absolute target: what `Host` must repeat.
    authority: Option<Box<[u8]>>,
    host: bool,
    length: Option<u64>,
    chunked: bool,
}

/// How the body is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// So many bytes; often none.
    Length(u64),
    /// Chunks.
    Chunked,
}

const fn malformed<T>(detail: &'static str) -> Result<T, Refusal> {
    Err(Refusal::Malformed(detail))
}

/// The characters of a token (RFC 9110, section 5.6.2).
const fn is_token(byte: u8) -> bool {
    matches!(byte, b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z')
}

/// The line without its end, which is CR LF and nothing else.
pub(super) fn line(line: &[u8]) -> Result<&[u8], Refusal> {
    let Some(line) = line.strip_suffix(b"\r\n") else {
        return malformed("a line must end with CR LF");
    };
    if memchr::memchr(b'\r', line).is_some() {
        return malformed("CR may stand only before LF");
    }
    Ok(line)
}

/// A field's name and value, without the white space around the value.
fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    let Some(colon) = memchr::memchr(b':', line) else {
        return malformed("a field must have a colon after its name");
    };
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if name.is_empty() || !name.iter().all(|&byte| is_token(byte)) {
        // Also a space before the colon, and a line that goes on with the line before.
        return malformed("a field's name must be a token, with nothing around it");
    }
    if value.iter().any(|&byte| byte < b' ' && byte != b'\t' || byte == 0x7f) {
        return malformed("a field's value must have no control characters");
    }
    Ok((name, value.trim_ascii()))
}

/// Whether a name is another, also if a program took `_` for `-`.
fn resembles(name: &[u8], other: &[u8]) -> bool {
    name.len() == other.len()
        && std::iter::zip(name, other).all(|(&a, &b)| a.eq_ignore_ascii_case(&b) || (a == b'_' && b == b'-'))
}

impl Head {
    /// Reads one line, whose end was taken off.
    pub(super) fn read(&mut self, line: &[u8], fields_max: usize, target_max: usize) -> Result<(), Refusal> {
        if !self.started {
            self.started = true;
            return self.request_line(line, target_max);
        }
        self.fields += 1;
        if self.fields > fields_max {
            return Err(Refusal::LargeHead);
        }
        let (name, value) = field(line)?;
        match name.len() {
            4 if name.eq_ignore_ascii_case(b"host") => self.host(value),
            6 if name.eq_ignore_ascii_case(b"expect") && !value.eq_ignore_ascii_case(b"100-continue") => {
                Err(Refusal::Expectation)
            }
            7 if name.eq_ignore_ascii_case(b"upgrade") => {
                malformed("no other protocol is spoken here: send no Upgrade")
            }
            14 if resembles(name, b"content-length") => self.content_length(name, value),
            17 if resembles(name, b"transfer-encoding") => self.transfer_encoding(name, value),
            _ => Ok(()),
        }
    }

    fn request_line(&mut self, line: &[u8], target_max: usize) -> Result<(), Refusal> {
        let mut words = line.split(|&byte| byte == b' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return malformed("the first line must be a method, a target and a version, with one space between them");
        };
        if method.is_empty() || !method.iter().all(|&byte| is_token(byte)) {
            return malformed("the method must be a token");
        }
        match version {
            b"HTTP/1.1" => {}
            b"HTTP/1.0" => self.version_1_0 = true,
            _ if version.starts_with(b"HTTP/") && version.len() == 8 => return Err(Refusal::Version),
            _ => return malformed("the version must be HTTP/1.1 or HTTP/1.0"),
        }
        if matches!(method, b"TRACE" | b"CONNECT") {
            return Err(Refusal::Method);
        }
        if target.len() > target_max {
            return Err(Refusal::LongTarget);
        }
        if !target.iter().all(|&byte| (0x21..0x7f).contains(&byte)) || target.contains(&b'#') {
            return malformed("the target must be visible ASCII characters without a fragment");
        }
        self.bodiless = matches!(method, b"GET" | b"HEAD");
        self.target(method, target)
    }

    fn target(&mut self, method: &[u8], target: &[u8]) -> Result<(), Refusal> {
        if target.starts_with(b"/") || (target == b"*" && method == b"OPTIONS") {
            return Ok(());
        }
        let schemes: [&[u8]; 2] = [b"http://", b"https://"];
        let rest = schemes.into_iter().find_map(|scheme| {
            let (head, rest) = target.split_at_checked(scheme.len())?;
            head.eq_ignore_ascii_case(scheme).then_some(rest)
        });
        let Some(rest) = rest else {
            return malformed("the target must be a path, or an address of http or https");
        };
        let end = rest
            .iter()
            .position(|byte| matches!(byte, b'/' | b'?'))
            .unwrap_or(rest.len());
        let authority = &rest[..end];
        if !is_authority(authority) {
            return malformed("the target must have a name or an address, and perhaps a port");
        }
        self.authority = Some(authority.into());
        Ok(())
    }

    fn host(&mut self, value: &[u8]) -> Result<(), Refusal> {
        if self.host {
            return malformed("Host must be given once");
        }
        if !is_authority(value) {
            return malformed("Host must be a name or an address, and perhaps a port");
        }
        if self
            .authority
            .as_ref()
            .is_some_and(|authority| !authority.eq_ignore_ascii_case(value))
        {
            return malformed("Host must be the one of the target");
        }
        self.host = true;
        Ok(())
    }

    fn content_length(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        if name.contains(&b'_') {
            return malformed("a field that resembles Content-Length is not passed on");
        }
        if self.length.is_some() || self.chunked {
            return malformed("a body has one length: give Content-Length once, and without Transfer-Encoding");
        }
        let odd = value.is_empty() || value.len() > 18 || (value.len() > 1 && value[0] == b'0');
        if odd || !value.iter().all(u8::is_ascii_digit) {
            return malformed("Content-Length must be a decimal number without sign, blanks or leading zeros");
        }
        self.length = Some(
            value
                .iter()
                .fold(0, |length, digit| length * 10 + u64::from(digit - b'0')),
        );
        Ok(())
    }

    fn transfer_encoding(&mut self, name: &[u8], value: &[u8]) -> Result<(), Refusal> {
        if name.contains(&b'_') {
            return malformed("a field that resembles Transfer-Encoding is not passed on");
        }
        if self.length.is_some() || self.chunked {
            return malformed("a body has one length: give Transfer-Encoding once, and without Content-Length");
        }
        if self.version_1_0 {
            return malformed("HTTP/1.0 has no Transfer-Encoding");
        }
        if value != b"chunked" {
            return malformed("Transfer-Encoding must be exactly: chunked");
        }
        self.chunked = true;
        Ok(())
    }

    /// What the whole head says, after its empty line.
    pub(super) fn end(&self) -> Result<Framing, Refusal> {
        if !self.host && !self.version_1_0 {
            return malformed("Host must be given");
        }
        let framing = if self.chunked {
            Framing::Chunked
        } else {
            Framing::Length(self.length.unwrap_or(0))
        };
        if self.bodiless && framing != Framing::Length(0) {
            return malformed("GET and HEAD have no body");
        }
        Ok(framing)
    }
}

/// A host and perhaps a port (RFC 3986, sections 3.2.2 and 3.2.3), without user information.
fn is_authority(value: &[u8]) -> bool {
    let (host, port) = if let Some(inner) = value.strip_prefix(b"[") {
        let Some(end) = inner.iter().position(|&byte| byte == b']') else {
            return false;
        };
        let address = &inner[..end];
        if !address
            .iter()
            .all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
            || address.is_empty()
        {
            return false;
        }
        (&value[..end + 2], &inner[end + 1..])
    } else {
        let end = value.iter().position(|&byte| byte == b':').unwrap_or(value.len());
        (&value[..end], &value[end..])
    };
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    let good_host = !host.is_empty() && (host[0] == b'[' || host.iter().all(plain));
    let good_port = port.is_empty() || (port[0] == b':' && port.len() <= 6 && port[1..].iter().all(u8::is_ascii_digit));
    good_host && good_port
}

/// A line after the last chunk.
pub(super) fn trailer(line: &[u8]) -> Result<(), Refusal> {
    let (name, _) = field(line)?;
    let framing: [&[u8]; 3] = [b"content-length", b"transfer-encoding", b"host"];
    if framing.iter().any(|other| resembles(name, other)) {
        return malformed("a trailer must not say how a request is framed");
    }
    Ok(())
}

/// The size of a chunk: one to eight hexadecimal digits, without an extension.
pub(super) fn chunk_size(line: &[u8]) -> Result<u64, Refusal> {
    if line.is_empty() || line.len() > 8 || !line.iter().all(u8::is_ascii_hexdigit) {
        return malformed("a chunk's size must be one to eight hexadecimal digits and nothing else");
    }
    Ok(line.iter().fold(0, |size, &digit| {
        size * 16 + u64::from((digit as char).to_digit(16).unwrap_or_default())
    }))
}
