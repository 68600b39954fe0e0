const ENTITIES = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const escape = (text) => String(text).replace(/[&<>"']/g, (c) => ENTITIES[c]);

const page = (title, body) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${escape(title)}</title><link rel="icon" href="data:,"></head>
<body><h1>${escape(title)}</h1>${body}</body></html>`;

/** A page whose only form has hidden fields and submits itself, so that tests can log out without a browser. */
export function logout(ctx, form) {
  const yes = '<input type="hidden" name="logout" value="yes"/><noscript><button>Log out</button></noscript></form>';
  ctx.body = page('Logging out', `${form.replace('</form>', yes)}<script>document.forms[0].submit()</script>`);
}

export function loggedOut(ctx) {
  ctx.body = page('Logged out', '');
}

/** The error page for callers that prefer HTML. Other callers receive the same members as JSON. */
export function error(ctx, out) {
  ctx.type = 'html';
  const members = Object.entries(out).map(([name, value]) => `<dt>${escape(name)}</dt><dd>${escape(value)}</dd>`);
  ctx.body = page('Error', `<dl>${members.join('')}</dl>`);
}
