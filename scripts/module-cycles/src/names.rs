//! What a module defines, what it brings into scope, and which paths its code names.

use std::collections::HashMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemMod, Lit, Macro, Meta, PathSegment, UseTree, Visibility};

use crate::tree::is_test;

/// What a name in a module stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Name {
    /// A child module.
    Module(usize),
    /// An item that the module defines.
    Item,
    /// What a `use` brings into scope: the path behind it.
    Import(Vec<String>),
}

/// Where a path is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Code,
    /// Before a `!`.
    Macro,
    /// In the text of an attribute, where a module may stand for functions in it: `#[serde(with = "crate::a")]`.
    Attribute,
}

/// A path that the code of a module names.
#[derive(Debug, Clone)]
pub(crate) struct Mention {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
    pub(crate) place: Place,
}

/// The names of a module.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// A name can stand for several things: a type and a function, or one thing for each of several features.
    pub(crate) scope: HashMap<String, Vec<Name>>,
    /// The paths before `::*`.
    pub(crate) globs: Vec<Vec<String>>,
    pub(crate) mentions: Vec<Mention>,
}

impl Names {
    pub(crate) fn define(&mut self, name: String, what: Name) {
        let known = self.scope.entry(name).or_default();
        if !known.contains(&what) {
            known.push(what);
        }
    }

    fn import(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(path.ident.to_string())),
            UseTree::Name(name) if name.ident == "self" => {
                self.bring(before.last().cloned(), before.to_vec());
            }
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                self.bring(Some(name.clone()), with(name));
            }
            UseTree::Rename(rename) => {
                let name = rename.ident.to_string();
                let segments = if name == "self" {
                    before.to_vec()
                } else {
                    with(name)
                };
                self.bring(Some(rename.rename.to_string()), segments);
            }
            UseTree::Glob(_) => self.globs.push(before.to_vec()),
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.import(tree, before)),
        }
    }

    fn bring(&mut self, name: Option<String>, segments: Vec<String>) {
        if let Some(name) = name {
            self.define(name, Name::Import(segments));
        }
    }
}

/// Collects the names of a module from its items. Child modules are left to the caller.
pub(crate) fn collect(items: &[Item]) -> Names {
    let mut collector = Collector {
        names: Names::default(),
        place: Place::Code,
    };
    for item in items {
        if !is_test(attributes(item)) {
            if let Some(name) = defined(item) {
                collector.names.define(name, Name::Item);
            }
            collector.visit_item(item);
        }
    }
    collector.names
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn defined(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

struct Collector {
    names: Names,
    place: Place,
}

impl Collector {
    fn mention(&mut self, segments: Vec<String>, line: usize) {
        let place = self.place;
        self.names.mentions.push(Mention {
            segments,
            line,
            place,
        });
    }

    fn mention_leaves(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: String| [before, &[name]].concat();
        match tree {
            UseTree::Path(path) => self.mention_leaves(&path.tree, &with(path.ident.to_string())),
            UseTree::Name(name) => {
                self.mention(with(name.ident.to_string()), name.ident.span().start().line);
            }
            UseTree::Rename(name) => {
                self.mention(with(name.ident.to_string()), name.ident.span().start().line);
            }
            // Which of the module's items are used is seen where they are named.
            UseTree::Glob(_) => {}
            UseTree::Group(group) => group
                .items
                .iter()
                .for_each(|tree| self.mention_leaves(tree, before)),
        }
    }

    /// Finds the paths among the arguments of a macro or in its definition: `a::b::C`, and single names, too.
    fn mention_tokens(&mut self, tokens: TokenStream) {
        let mut segments: Vec<String> = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.mention_if_any(&mut segments, line);
                    }
                    if segments.is_empty() {
                        line = ident.span().start().line;
                    }
                    segments.push(ident.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.mention_if_any(&mut segments, line);
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.mention_tokens(group.stream());
                    }
                }
            }
        }
        self.mention_if_any(&mut segments, line);
    }

    /// Collects the paths of a type that stands in the text of an attribute.
    fn mention_text(&mut self, text: &syn::Type) {
        let mut inner = Collector {
            names: Names::default(),
            place: Place::Attribute,
        };
        inner.visit_type(text);
        self.names.mentions.append(&mut inner.names.mentions);
    }

    fn mention_if_any(&mut self, segments: &mut Vec<String>, line: usize) {
        if !segments.is_empty() {
            let segments = std::mem::take(segments);
            self.mention(segments, line);
        }
    }
}

fn names_of<P>(segments: &Punctuated<PathSegment, P>) -> Vec<String> {
    segments
        .iter()
        .map(|segment| segment.ident.to_string())
        .collect()
}

impl<'ast> Visit<'ast> for Collector {
    /// Each module collects its own.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        if !is_test(&item.attrs) && item.leading_colon.is_none() {
            self.names.import(&item.tree, &[]);
            self.mention_leaves(&item.tree, &[]);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            let line = path.segments[0].ident.span().start().line;
            self.mention(names_of(&path.segments), line);
        }
        visit::visit_path(self, path);
    }

    /// `pub(in crate::a)` says who may use the item, not what it uses.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_macro(&mut self, item: &'ast Macro) {
        self.place = Place::Macro;
        self.visit_path(&item.path);
        self.place = Place::Code;
        self.mention_tokens(item.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Meta::List(list) = &attribute.meta else {
            return;
        };
        if ["cfg", "cfg_attr", "doc", "allow", "expect"]
            .iter()
            .any(|name| list.path.is_ident(name))
        {
            return;
        }
        for token in list.tokens.clone() {
            if let TokenTree::Literal(literal) = token
                && let Lit::Str(text) = Lit::new(literal)
                && let Ok(kind) = text.parse::<syn::Type>()
            {
                self.mention_text(&kind);
            }
        }
    }
}
