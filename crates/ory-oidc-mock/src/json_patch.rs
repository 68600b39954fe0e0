//! JSON Patch (RFC 6902), with the restrictions and the leniency of Hydra.

use serde_json::{Map, Value};

/// Applies a patch to a document. `None` means that Hydra refuses the patch.
///
/// Hydra supports `add`, `remove` and `replace` only. `replace` also adds a missing member, and
/// both create missing objects on the way.
pub(crate) fn apply(mut document: Value, operations: &Value) -> Option<Value> {
    for operation in operations.as_array()? {
        let path = operation.get("path")?.as_str()?;
        let (parent, name) = path.rsplit_once('/')?;
        let name = name.replace("~1", "/").replace("~0", "~");
        match operation.get("op")?.as_str()? {
            "add" => add(
                parent_of(&mut document, parent)?,
                name,
                operation.get("value")?,
            )?,
            "replace" => replace(
                parent_of(&mut document, parent)?,
                name,
                operation.get("value")?,
            )?,
            "remove" => remove(document.pointer_mut(parent)?, &name)?,
            _ => return None,
        }
    }
    Some(document)
}

/// Returns the value at a path, and creates objects where the path leads to nothing.
fn parent_of<'a>(document: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    let mut parent = document;
    for name in path.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        parent = match parent {
            Value::Object(members) => {
                let member = members.entry(name).or_insert(Value::Null);
                if member.is_null() {
                    *member = Map::new().into();
                }
                member
            }
            Value::Array(items) => items.get_mut(name.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(parent)
}

fn add(parent: &mut Value, name: String, value: &Value) -> Option<()> {
    match parent {
        Value::Object(members) => drop(members.insert(name, value.clone())),
        Value::Array(items) if name == "-" => items.push(value.clone()),
        Value::Array(items) => {
            let index = name.parse().ok().filter(|index| *index <= items.len())?;
            items.insert(index, value.clone());
        }
        _ => return None,
    }
    Some(())
}

fn replace(parent: &mut Value, name: String, value: &Value) -> Option<()> {
    match parent {
        Value::Array(items) => {
            *items.get_mut(name.parse::<usize>().ok()?)? = value.clone();
            Some(())
        }
        _ => add(parent, name, value),
    }
}

fn remove(parent: &mut Value, name: &str) -> Option<()> {
    match parent {
        Value::Object(members) => members.remove(name).map(drop),
        Value::Array(items) => {
            let index = name.parse().ok().filter(|index| *index < items.len())?;
            items.remove(index);
            Some(())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::apply;
    use serde_json::{Value, json};

    fn patched(operation: &Value) -> Option<Value> {
        apply(json!({"a": 1, "list": ["x"], "~/": 0}), &json!([operation]))
    }

    #[test]
    fn members_and_items_are_added_replaced_and_removed() {
        for (operation, member, value) in [
            (
                json!({"op": "add", "path": "/b", "value": 2}),
                "b",
                json!(2),
            ),
            (
                json!({"op": "replace", "path": "/b", "value": 2}),
                "b",
                json!(2),
            ),
            (json!({"op": "remove", "path": "/a"}), "a", json!(null)),
            (
                json!({"op": "replace", "path": "/~0~1", "value": 7}),
                "~/",
                json!(7),
            ),
            (
                json!({"op": "add", "path": "/list/-", "value": "y"}),
                "list",
                json!(["x", "y"]),
            ),
            (
                json!({"op": "add", "path": "/list/0", "value": "w"}),
                "list",
                json!(["w", "x"]),
            ),
            (
                json!({"op": "replace", "path": "/list/0", "value": "z"}),
                "list",
                json!(["z"]),
            ),
            (
                json!({"op": "remove", "path": "/list/0"}),
                "list",
                json!([]),
            ),
            (
                json!({"op": "add", "path": "/o/p", "value": 3}),
                "o",
                json!({"p": 3}),
            ),
        ] {
            let document = patched(&operation).expect("the patch is valid");
            assert_eq!(document[member], value, "{operation}");
        }
    }

    #[test]
    fn other_operations_and_paths_to_nothing_are_refused() {
        for operation in [
            json!({"op": "copy", "from": "/a", "path": "/b"}),
            json!({"op": "test", "path": "/a", "value": 1}),
            json!({"op": "add", "path": "/b"}),
            json!({"op": "add", "path": "b", "value": 1}),
            json!({"op": "add", "path": "/a/b", "value": 1}),
            json!({"op": "add", "path": "/list/3", "value": 1}),
            json!({"op": "replace", "path": "/list/1", "value": 1}),
            json!({"op": "remove", "path": "/missing"}),
            json!({"op": "remove", "path": "/list/1"}),
        ] {
            assert_eq!(patched(&operation), None, "{operation}");
        }
        assert_eq!(apply(json!({}), &json!({})), None);
    }
}
