/** The browser's side of a passkey: what the server asks in JSON, what the device answers, in JSON again. */

export const written = (bytes: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

export const read = (text: string): Uint8Array<ArrayBuffer> => {
  const letters = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
};

interface Descriptor {
  type: "public-key";
  id: string;
  transports?: AuthenticatorTransport[];
}

/** What the server asks of a device that shall make a passkey, as far as it is in base64url. */
export interface Wanted extends Omit<PublicKeyCredentialCreationOptions, "challenge" | "user" | "excludeCredentials"> {
  challenge: string;
  user: { id: string; name: string; displayName: string };
  excludeCredentials?: Descriptor[];
}

/** What the server asks of a device that shall show one. */
export interface Asked extends Omit<PublicKeyCredentialRequestOptions, "challenge" | "allowCredentials"> {
  challenge: string;
  allowCredentials?: Descriptor[];
}

const named = (each: Descriptor): PublicKeyCredentialDescriptor => ({ ...each, id: read(each.id) });

/** Whether this browser knows passkeys here: never on a page that is neither TLS nor localhost. */
export const knowsPasskeys = (): boolean => isSecureContext && typeof PublicKeyCredential === "function";

/** Let the device make a passkey; it asks for a finger, a face or a PIN. */
export async function make(wanted: Wanted): Promise<Record<string, unknown>> {
  const { challenge, user, excludeCredentials = [] } = wanted;
  const publicKey = { ...wanted, challenge: read(challenge), user: { ...user, id: read(user.id) }, excludeCredentials: excludeCredentials.map(named) };
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return {
    id: written(made.rawId),
    clientDataJSON: written(response.clientDataJSON),
    attestationObject: written(response.attestationObject),
    transports: response.getTransports?.() ?? [],
  };
}

/** Let the device show a passkey. */
export async function show(asked: Asked): Promise<Record<string, unknown>> {
  const { challenge, allowCredentials = [] } = asked;
  const publicKey = { ...asked, challenge: read(challenge), allowCredentials: allowCredentials.map(named) };
  const shown = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const response = shown.response as AuthenticatorAssertionResponse;
  return {
    id: written(shown.rawId),
    clientDataJSON: written(response.clientDataJSON),
    authenticatorData: written(response.authenticatorData),
    signature: written(response.signature),
    userHandle: response.userHandle ? written(response.userHandle) : null,
  };
}
