//! The modules of a crate, as its source files declare them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, ExprLit, Item, ItemMod, Lit, Meta};

use crate::names::{self, Name, Names};

/// A module, with what it defines and what it names.
#[derive(Debug)]
pub(crate) struct Module {
    /// The path from the crate root, as in `crate_name::a::b`.
    pub(crate) path: String,
    pub(crate) parent: Option<usize>,
    pub(crate) file: PathBuf,
    pub(crate) names: Names,
}

/// The modules of a crate. The root is the first one, and parents come before their children.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) modules: Vec<Module>,
    /// Where each `macro_rules!` is: their names are found without a path.
    pub(crate) macros: HashMap<String, usize>,
}

impl Tree {
    /// Returns the module and those that contain it, up to the root.
    pub(crate) fn ancestors(&self, module: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(Some(module), |&module| self.modules[module].parent)
    }
}

/// Reads a crate from its root file.
pub(crate) fn read(crate_name: &str, root: &Path) -> Result<Tree, String> {
    let mut tree = Tree::default();
    let path = crate_name.replace('-', "_");
    add_file(
        &mut tree,
        path,
        None,
        root,
        root.parent().unwrap_or(Path::new("")),
    )?;
    Ok(tree)
}

/// Adds the module that a file holds. `folder` is where the files of its children are.
fn add_file(
    tree: &mut Tree,
    path: String,
    parent: Option<usize>,
    file: &Path,
    folder: &Path,
) -> Result<usize, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let parsed = syn::parse_file(&text).map_err(|error| {
        let line = error.span().start().line;
        format!("{}:{line}: {error}", file.display())
    })?;
    add(tree, path, parent, file, folder, &parsed.items)
}

fn add(
    tree: &mut Tree,
    path: String,
    parent: Option<usize>,
    file: &Path,
    folder: &Path,
    items: &[Item],
) -> Result<usize, String> {
    let index = tree.modules.len();
    tree.modules.push(Module {
        path,
        parent,
        file: file.to_owned(),
        names: names::collect(items),
    });
    for item in items {
        match item {
            Item::Mod(declared) if !is_test(&declared.attrs) => {
                let child = add_child(tree, index, folder, declared)?;
                let name = declared.ident.to_string();
                tree.modules[index].names.define(name, Name::Module(child));
            }
            Item::Macro(defined) => {
                if let Some(name) = &defined.ident {
                    tree.macros.insert(name.to_string(), index);
                }
            }
            _ => {}
        }
    }
    Ok(index)
}

fn add_child(
    tree: &mut Tree,
    parent: usize,
    folder: &Path,
    declared: &ItemMod,
) -> Result<usize, String> {
    let name = declared.ident.to_string();
    let path = format!("{}::{name}", tree.modules[parent].path);
    let below = folder.join(&name);
    let parent_file = tree.modules[parent].file.clone();
    if let Some((_, items)) = &declared.content {
        return add(tree, path, Some(parent), &parent_file, &below, items);
    }
    if let Some(file) = path_attribute(&declared.attrs) {
        let file = parent_file.parent().unwrap_or(Path::new("")).join(file);
        let folder = file.parent().unwrap_or(Path::new(""));
        return add_file(tree, path, Some(parent), &file, folder);
    }
    let beside = folder.join(format!("{name}.rs"));
    let inside = below.join("mod.rs");
    let file = if inside.is_file() { inside } else { beside };
    add_file(tree, path, Some(parent), &file, &below)
}

/// Whether an item is compiled for tests only.
pub(crate) fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => {
            let condition = list.tokens.to_string().replace(' ', "");
            condition == "test" || condition.starts_with("all(test,")
        }
        meta => meta.path().is_ident("test"),
    })
}

fn path_attribute(attributes: &[Attribute]) -> Option<String> {
    attributes
        .iter()
        .find_map(|attribute| match &attribute.meta {
            Meta::NameValue(pair) if pair.path.is_ident("path") => match &pair.value {
                Expr::Lit(ExprLit {
                    lit: Lit::Str(text),
                    ..
                }) => Some(text.value()),
                _ => None,
            },
            _ => None,
        })
}
