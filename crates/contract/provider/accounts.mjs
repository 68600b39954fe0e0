const SCOPES = {
  profile: ['birthdate', 'family_name', 'gender', 'given_name', 'locale', 'middle_name', 'name', 'nickname',
    'picture', 'preferred_username', 'profile', 'updated_at', 'website', 'zoneinfo'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
};
const STANDARD = new Set(Object.values(SCOPES).flat());

/** The accounts and their claims. Every subject exists. */
export class Accounts {
  #extra = new Set(['groups']);

  #byGrant = new Map();

  /** The claims of each scope, in oidc-provider's format. Like Ory, it returns custom claims with `openid`. */
  get scopes() {
    return { openid: ['sub', ...this.#extra], ...SCOPES };
  }

  /** Adds claim names. Returns true if one of them is new: the provider must then be rebuilt. */
  learn(names) {
    const before = this.#extra.size;
    for (const name of names) if (name !== 'sub' && !STANDARD.has(name)) this.#extra.add(name);
    return this.#extra.size > before;
  }

  /** Sets the exact claims for the tokens of a grant. */
  remember(grantId, claims) {
    this.#byGrant.set(grantId, claims);
  }

  find = async (_ctx, sub, token) => ({
    accountId: sub,
    claims: async () => ({ ...(this.#byGrant.get(token?.grantId) ?? standardClaims(sub)), sub }),
  });
}

function standardClaims(sub) {
  return {
    name: `Name of ${sub}`,
    given_name: 'Zoë',
    family_name: 'Example',
    preferred_username: sub,
    updated_at: 1700000000,
    email: `${sub}@example.com`,
    email_verified: true,
    phone_number: '+31 20 000 0000',
    phone_number_verified: false,
    address: { country: 'NL', locality: 'Amsterdam' },
    groups: ['a', 'b'],
  };
}
