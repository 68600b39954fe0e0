"""The security schemes that the runtime knows."""

KNOWN = "http with bearer or basic, oauth2, or apiKey `client_secret` in the query"


def variant(scheme):
    """The variant of `Authorization` that sends what a scheme describes, or None."""
    if scheme.get("type") == "oauth2":
        return "Bearer"
    if scheme.get("type") == "http":
        return {"bearer": "Bearer", "basic": "ClientSecretBasic"}.get(str(scheme.get("scheme")).lower())
    if (scheme.get("type"), scheme.get("in"), scheme.get("name")) == ("apiKey", "query", "client_secret"):
        return "ClientSecretPost"
    return None
