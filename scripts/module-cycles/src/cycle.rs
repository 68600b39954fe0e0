//! Circles among modules, at each level of the tree.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use crate::names::Mention;
use crate::resolve::Uses;
use crate::tree::Tree;

/// One step of a circle: a module, or one inside it, uses the next.
#[derive(Debug)]
struct Step {
    from: String,
    to: String,
    /// The module that does, the line and the path there.
    proof: String,
}

/// A circle of modules.
#[derive(Debug)]
pub(crate) struct Cycle {
    steps: Vec<Step>,
    /// All modules that use each other, directly or not, if there are more than those on the circle.
    knot: Vec<String>,
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cycle: {}", self.steps[0].from)?;
        for step in &self.steps {
            write!(f, " -> {}", step.to)?;
        }
        for step in &self.steps {
            write!(f, "\n  {} uses {}: {}", step.from, step.to, step.proof)?;
        }
        if !self.knot.is_empty() {
            let modules = self.knot.join(", ");
            write!(
                f,
                "\n  {} modules use each other: {modules}",
                self.knot.len()
            )?;
        }
        Ok(())
    }
}

/// The uses at one level: between the children of a module, and between them and the module's own items.
type Level<'a> = BTreeMap<usize, BTreeMap<usize, (usize, &'a Mention)>>;

/// Finds a shortest circle in each knot of modules, level by level.
pub(crate) fn find(tree: &Tree, uses: &Uses<'_>) -> Vec<Cycle> {
    let mut levels: BTreeMap<usize, Level<'_>> = BTreeMap::new();
    for (&(from, to), &mention) in uses {
        let (level, a, b) = place(tree, from, to);
        let targets = levels.entry(level).or_default().entry(a).or_default();
        targets.entry(b).or_insert((from, mention));
    }
    let mut cycles = Vec::new();
    for level in levels.values() {
        let mut reported = BTreeSet::new();
        for &start in level.keys() {
            if reported.contains(&start) {
                continue;
            }
            if let Some(circle) = shortest(level, start) {
                let knot = knot(level, start);
                cycles.push(describe(tree, level, &circle, &knot));
                reported.extend(knot);
            }
        }
    }
    cycles
}

/// The level of a use, and the two nodes there: the nearest module that contains both, and its children that do, or
/// itself where its own items are meant.
fn place(tree: &Tree, from: usize, to: usize) -> (usize, usize, usize) {
    let of_from: Vec<usize> = tree.ancestors(from).collect();
    let of_to: Vec<usize> = tree.ancestors(to).collect();
    let shared = of_from
        .iter()
        .rev()
        .zip(of_to.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    let node = |ancestors: &[usize]| {
        let below = ancestors.len().checked_sub(shared + 1);
        below.map_or(ancestors[0], |below| ancestors[below])
    };
    let level = of_from[of_from.len() - shared];
    (level, node(&of_from), node(&of_to))
}

/// The shortest circle through a node, as the nodes on it.
fn shortest(level: &Level<'_>, start: usize) -> Option<Vec<usize>> {
    let mut before: BTreeMap<usize, usize> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(node) = queue.pop_front() {
        for &next in level.get(&node).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut circle = vec![node];
                while let Some(&earlier) = before.get(&circle[circle.len() - 1]) {
                    circle.push(earlier);
                }
                circle.reverse();
                return Some(circle);
            }
            if let std::collections::btree_map::Entry::Vacant(entry) = before.entry(next) {
                entry.insert(node);
                queue.push_back(next);
            }
        }
    }
    None
}

/// All nodes that a node reaches and that reach it.
fn knot(level: &Level<'_>, start: usize) -> BTreeSet<usize> {
    let reached = reachable(level, start);
    reached
        .iter()
        .copied()
        .filter(|&node| reachable(level, node).contains(&start))
        .collect()
}

fn reachable(level: &Level<'_>, start: usize) -> BTreeSet<usize> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![start];
    while let Some(node) = waiting.pop() {
        for &next in level.get(&node).into_iter().flat_map(BTreeMap::keys) {
            if reached.insert(next) {
                waiting.push(next);
            }
        }
    }
    reached
}

fn describe(tree: &Tree, level: &Level<'_>, circle: &[usize], knot: &BTreeSet<usize>) -> Cycle {
    let path = |node: usize| tree.modules[node].path.clone();
    let steps = circle.iter().enumerate().map(|(index, &from)| {
        let to = circle[(index + 1) % circle.len()];
        let (module, mention) = level[&from][&to];
        let file = tree.modules[module].file.display();
        let proof = format!("{file}:{}: {}", mention.line, mention.segments.join("::"));
        Step {
            from: path(from),
            to: path(to),
            proof,
        }
    });
    let larger = knot.len() > circle.len();
    Cycle {
        steps: steps.collect(),
        knot: knot
            .iter()
            .filter(|_| larger)
            .map(|&node| path(node))
            .collect(),
    }
}
