//! The interactive page: Swagger UI, served from the binary with nothing from anywhere else.

use salvo::oapi::swagger_ui::{Config, SwaggerFile, serve};

/// What the page is: its own scripts and styles only, so that a strict policy holds.
pub(crate) const PAGE: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Milo: the API</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"#;

/// What starts the page.
pub(crate) const START: &str = r##"window.ui = SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  docExpansion: "list",
  persistAuthorization: false,
  presets: [SwaggerUIBundle.presets.apis],
  validatorUrl: null,
});
"##;

/// The page may run its own scripts, use its own styles (and those that Swagger UI writes into elements), show pictures
/// that are part of its styles, and talk to this server.
pub(crate) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// One of Swagger UI's own files that the page needs.
pub(crate) fn file(name: &str) -> Option<SwaggerFile<'static>> {
    const NEEDED: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];
    if !NEEDED.contains(&name) {
        return None;
    }
    serve(name, "", "", "", &Config::new(["/openapi.json"])).ok().flatten()
}
