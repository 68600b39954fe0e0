"""What `scripts/generate.sh` does with openapi.yaml before the generator sees it.

- `source` reads the file and knows on which line each node is.
- `refusals` lists the nodes that the templates cannot generate. It knows what they can: everything else is refused.
- `prose` makes documentation out of descriptions, so that no description can become code.
- `comments` writes the documentation of the generated code, and `page` the one in docs/.
- `prepared` puts the documentation where the templates find it.

Needs the package that scripts/tools/yaml.txt pins, and otherwise only the standard library.
"""
