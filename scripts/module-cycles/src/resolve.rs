//! Which module each path leads to.

use std::collections::BTreeMap;

use crate::names::{Mention, Name, Place};
use crate::tree::Tree;

/// How many `use` a path may lead through. Deeper ones go round in circles.
const MAX_DEPTH: usize = 32;

/// Which module uses which, with the first place where it does.
pub(crate) type Uses<'a> = BTreeMap<(usize, usize), &'a Mention>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    /// The path ends at a module.
    Module(usize),
    /// The path ends at an item, or inside one, that this module defines.
    Item(usize),
}

/// Returns which modules of the crate use each other.
pub(crate) fn uses(tree: &Tree) -> Uses<'_> {
    let mut uses = Uses::new();
    for (from, module) in tree.modules.iter().enumerate() {
        for mention in &module.names.mentions {
            for to in used(tree, from, mention) {
                if to != from {
                    uses.entry((from, to)).or_insert(mention);
                }
            }
        }
    }
    uses
}

fn used(tree: &Tree, from: usize, mention: &Mention) -> Vec<usize> {
    let targets = resolve(tree, from, &mention.segments, 0);
    if targets.is_empty() && mention.place == Place::Macro {
        let name = mention.segments.last();
        return name
            .and_then(|name| tree.macros.get(name))
            .copied()
            .into_iter()
            .collect();
    }
    let used = targets.into_iter().filter_map(|target| match target {
        Target::Item(module) => Some(module),
        Target::Module(module) => (mention.place == Place::Attribute).then_some(module),
    });
    used.collect()
}

/// How a path came to a module.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Arrival {
    /// It starts in the scope of the module, where a name may belong to another crate or to a local variable.
    Scope,
    /// It names the module, so the module has the next name, too: a macro defines it if nothing else does.
    Named,
}

/// Follows a path that is written in a module. A path to another crate leads nowhere.
fn resolve(tree: &Tree, module: usize, segments: &[String], depth: usize) -> Vec<Target> {
    let Some((first, rest)) = segments.split_first() else {
        return Vec::new();
    };
    match first.as_str() {
        "crate" => walk(tree, 0, rest, Arrival::Named, depth),
        "self" => walk(tree, module, rest, Arrival::Named, depth),
        "super" => {
            let mut start = tree.modules[module].parent;
            let mut rest = rest;
            while let Some(("super", after)) = rest
                .split_first()
                .map(|(next, after)| (next.as_str(), after))
            {
                start = start.and_then(|start| tree.modules[start].parent);
                rest = after;
            }
            start.map_or_else(Vec::new, |start| {
                walk(tree, start, rest, Arrival::Named, depth)
            })
        }
        _ => walk(tree, module, segments, Arrival::Scope, depth),
    }
}

/// Follows a path from a module on.
fn walk(
    tree: &Tree,
    module: usize,
    segments: &[String],
    arrival: Arrival,
    depth: usize,
) -> Vec<Target> {
    if depth > MAX_DEPTH {
        return Vec::new();
    }
    let Some((name, rest)) = segments.split_first() else {
        return vec![Target::Module(module)];
    };
    let names = &tree.modules[module].names;
    let Some(meanings) = names.scope.get(name) else {
        let mut targets = through_globs(tree, module, segments, depth);
        if targets.is_empty() && arrival == Arrival::Named {
            targets.push(Target::Item(module));
        }
        return targets;
    };
    let mut targets = Vec::new();
    for meaning in meanings {
        match meaning {
            Name::Item => targets.push(Target::Item(module)),
            Name::Module(child) => targets.extend(walk(tree, *child, rest, Arrival::Named, depth)),
            Name::Import(path) => {
                for target in resolve(tree, module, path, depth + 1) {
                    match target {
                        Target::Item(_) => targets.push(target),
                        Target::Module(found) => {
                            targets.extend(walk(tree, found, rest, Arrival::Named, depth + 1));
                        }
                    }
                }
            }
        }
    }
    targets
}

fn through_globs(tree: &Tree, module: usize, segments: &[String], depth: usize) -> Vec<Target> {
    let mut targets = Vec::new();
    for glob in &tree.modules[module].names.globs {
        for target in resolve(tree, module, glob, depth + 1) {
            if let Target::Module(found) = target
                && found != module
            {
                targets.extend(walk(tree, found, segments, Arrival::Scope, depth + 1));
            }
        }
    }
    targets
}
