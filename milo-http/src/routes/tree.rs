//! The router of a table of routes.

use std::time::Duration;

use salvo::Router;
use salvo::http::Method;
use salvo::routing::filters::{self, MethodFilter};

use super::Route;

/// One part of the addresses, and what lies below it.
#[derive(Default)]
struct Node<'a> {
    part: &'a str,
    routes: Vec<&'a Route>,
    children: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    fn insert(&mut self, route: &'a Route, mut parts: impl Iterator<Item = &'a str>) {
        let Some(part) = parts.next() else {
            self.routes.push(route);
            return;
        };
        let place = self
            .children
            .iter()
            .position(|child| child.part == part)
            .unwrap_or_else(|| {
                self.children.push(Node {
                    part,
                    ..Node::default()
                });
                self.children.len() - 1
            });
        self.children[place].insert(route, parts);
    }

    fn build(&self, request_time: Duration) -> Router {
        let mut router = if self.part.is_empty() {
            Router::new()
        } else {
            Router::with_path(self.part)
        };
        // Longer addresses first: a router takes the first child that leads to a goal.
        for child in &self.children {
            router = router.push(child.build(request_time));
        }
        for route in &self.routes {
            let leaf = |filter: MethodFilter| {
                Router::with_filter(filter)
                    .hoop(route.guard(request_time))
                    .goal(route.handler())
            };
            if route.method == Method::GET {
                // Whoever may read may ask for the headers alone; the server leaves the body out.
                router = router.push(leaf(filters::head()));
            }
            router = router.push(leaf(MethodFilter(route.method.clone())));
        }
        router
    }
}

/// The router: a tree of the parts of the addresses, so that a request is compared with few of them.
pub(crate) fn router(table: &[Route], request_time: Duration) -> Router {
    let mut root = Node::default();
    for route in table {
        root.insert(route, route.path.split('/').filter(|part| !part.is_empty()));
    }
    root.build(request_time)
}
