/**
 * The clients, tokens and sessions. They outlive a Provider object, so that another one with new keys or options can
 * replace it. The provider itself rejects expired rows. They are never removed, because the process does not run long
 * enough to accumulate many.
 */
export class Store {
  #models = new Map();

  /** The adapter factory for oidc-provider. */
  adapter = (model) => {
    const rows = this.#rows(model);
    const findBy = async (key, value) => [...rows.values()].find((row) => row[key] === value);
    return {
      upsert: async (id, payload) => { rows.set(id, payload); },
      find: async (id) => rows.get(id),
      findByUid: (uid) => findBy('uid', uid),
      findByUserCode: (userCode) => findBy('userCode', userCode),
      consume: async (id) => { rows.get(id).consumed = Math.floor(Date.now() / 1000); },
      destroy: async (id) => { rows.delete(id); },
      revokeByGrantId: async (grantId) => {
        for (const [id, row] of rows) if (row.grantId === grantId) rows.delete(id);
      },
    };
  };

  ids(model) {
    return [...this.#rows(model).keys()];
  }

  delete(model, id) {
    return this.#rows(model).delete(id);
  }

  #rows(model) {
    if (!this.#models.has(model)) this.#models.set(model, new Map());
    return this.#models.get(model);
  }
}
