//! What [`crate::paths`] finds.

use crate::paths::{named, names};

#[test]
fn paths_are_found_however_they_are_written() {
    let source = r#"
        //! use crate::comment;
        use crate::{a::b, c, d::{self, e as f}};
        pub(crate) use super::sibling;
        /* use crate::comment; /* */
        const TEXT: &str = "use crate::text; \" crate::text";
        fn f<'a>(x: &'a crate::g::X) -> char { let y = super::super::top::y(); '{' }
        mod inner { use super::own; mod deeper { use super::super::super::sister; } }
        use other::thing;
    "#;
    let found: Vec<_> = named(source, &["home".into(), "file".into()]).iter().map(|path| path.join("::")).collect();
    let wanted = [
        "crate::a::b",
        "crate::c",
        "crate::d::self",
        "crate::d::e",
        "crate::home::sibling",
        "crate::g::X",
        "crate::top::y",
        "crate::home::file::own",
        "crate::home::sister",
        "other::thing",
    ];
    assert_eq!(found, wanted);
}

#[test]
fn imports_keep_the_name_that_they_give_and_whether_they_hand_it_on() {
    let source = "pub use a::{B, c::{self, D as E}}; use f::*; pub(crate) use g::H; fn i() { j::k() }";
    let names = names(source, &[]);
    let imports = names.paths.iter().filter_map(|named| Some((named.import.as_deref()?, named.public)));
    assert_eq!(imports.collect::<Vec<_>>(), [("B", true), ("c", true), ("E", true), ("*", false), ("H", true)]);
}

#[test]
fn definitions_are_found_with_their_module() {
    let source = "struct A; impl A { type B = u8; const C: u8 = 0; } mod m { pub(super) enum D {} } const fn e() {}";
    let names = names(source, &["x".into()]);
    let found = names.definitions.iter().filter(|d| d.outside);
    let found: Vec<_> = found.map(|d| format!("{} {}::{}", d.kind, d.module.join("::"), d.name)).collect();
    assert_eq!(found, ["struct x::A", "enum x::m::D", "fn x::e"]);
}
