//! Compiles and runs the code of the guides: `cargo test --doc --package ory-oidc-docs`.

/// Defines an item for each guide, whose code blocks become documentation tests of that item.
macro_rules! guides {
    ($($name:ident $file:literal)*) => {
        $(
            #[cfg(doctest)]
            #[doc = include_str!($file)]
            pub mod $name {}
        )*
    };
}

guides! {
    errors "errors.md"
    http "http.md"
    keep "keep.md"
    log_in "log-in.md"
    log_out "log-out.md"
    many_tenants "many-tenants.md"
    migrate "migrate.md"
    protect_an_api "protect-an-api.md"
    register "register.md"
    stores "stores.md"
    test "test.md"
    verify "verify.md"
    wasm "wasm.md"
}
