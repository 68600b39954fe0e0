const SCOPES = {
  profile: ['birthdate', 'family_name', 'gender', 'given_name', 'locale', 'middle_name', 'name', 'nickname',
    'picture', 'preferred_username', 'profile', 'updated_at', 'website', 'zoneinfo'],
  email: ['email', 'email_verified'],
  phone: ['phone_number', 'phone_number_verified'],
  address: ['address'],
};
const STANDARD = new Set(Object.values(SCOPES).flat());

/** Who exists (everybody does) and what is claimed about them. */
export class Accounts {
  #extra = new Set(['groups']);

  #byGrant = new Map();

  /** Claims per scope, in oidc-provider's format. Custom claims come with `openid`, as they do at Ory. */
  get scopes() {
    return { openid: ['sub', ...this.#extra], ...SCOPES };
  }

  /** Makes these claim names known; true when one of them is new, and the provider has to be told. */
  learn(names) {
    const before = this.#extra.size;
    for (const name of names) if (name !== 'sub' && !STANDARD.has(name)) this.#extra.add(name);
    return this.#extra.size > before;
  }

  /** Tokens of this grant get exactly these claims. */
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
