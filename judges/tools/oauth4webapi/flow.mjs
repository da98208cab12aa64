// What a client written with oauth4webapi sees of an authorization server. Reads one JSON object from the
// standard input: origin, issuer, audience, redirect_uri, client_id, username, password, service_id,
// service_secret. Writes one line of JSON for each check: topic, check, and what is wrong, or null.
import * as oauth from "oauth4webapi";

const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const given = JSON.parse(Buffer.concat(chunks).toString("utf8"));
const client = { client_id: given.client_id };
const service = { client_id: given.service_id };
const nobody = oauth.None();
const secret = oauth.ClientSecretBasic(given.service_secret);

const told = (error) => [error.name, error.code, error.error, error.message, error.cause?.message]
  .filter((part) => typeof part === "string" && part).join(": ");
const report = (topic, check, wrong, notRun = null) =>
  console.log(JSON.stringify({ topic, check, wrong, not_run: notRun }));

class NotTried extends Error {}

async function must(topic, check, act) {
  try {
    report(topic, check, (await act()) ?? null);
  } catch (error) {
    if (error instanceof NotTried) report(topic, check, null, error.message);
    else report(topic, check, told(error));
  }
}

// An OAuth error with that code, and nothing else, is what `act` must end in.
async function mustRefuse(topic, check, code, act) {
  await must(topic, check, async () => {
    try {
      await act();
    } catch (error) {
      if (error instanceof oauth.ResponseBodyError && error.error === code) return null;
      throw error;
    }
    return `it was not refused with ${code}`;
  });
}

const metadata = await fetch(new URL("/.well-known/oauth-authorization-server", given.origin));
const as = await oauth.processDiscoveryResponse(new URL(given.issuer), metadata);

// A user's browser: gets the form, fills it in, and is sent back to the client.
async function agree(asked) {
  const url = new URL(as.authorization_endpoint);
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value);
  const shown = await fetch(url, { redirect: "manual" });
  const page = await shown.text();
  if (shown.status !== 200) throw new NotTried(`no login form: status ${shown.status}`);
  const form = new URLSearchParams();
  for (const [, name, value] of page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)">/g)) {
    form.set(name, value.replaceAll("&amp;", "&"));
  }
  form.set("username", given.username);
  form.set("password", given.password);
  form.set("decision", "allow");
  const answer = await fetch(new URL("/oauth/authorize", given.origin), {
    method: "POST", body: form, redirect: "manual", headers: { origin: given.origin },
  });
  const location = answer.headers.get("location");
  if (answer.status !== 303 || !location) throw new NotTried(`no way back: status ${answer.status}`);
  return new URL(location);
}

// What an authorization request without a valid challenge or address ends in, before anybody logs in.
async function asksWrongly(changes) {
  const url = new URL(as.authorization_endpoint);
  const asked = {
    client_id: client.client_id,
    redirect_uri: given.redirect_uri,
    response_type: "code",
    code_challenge: await oauth.calculatePKCECodeChallenge(oauth.generateRandomCodeVerifier()),
    code_challenge_method: "S256",
    ...changes,
  };
  for (const [name, value] of Object.entries(asked)) if (value !== null) url.searchParams.set(name, value);
  const answer = await fetch(url, { redirect: "manual" });
  await answer.text();
  return answer;
}

async function newCode() {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const back = await agree({
    client_id: client.client_id,
    redirect_uri: given.redirect_uri,
    response_type: "code",
    scope: "user",
    state,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
  });
  return { verifier, state, back };
}

// The parameters as the library wants them, but for what `validateAuthResponse` is asked about elsewhere.
function parametersOf({ back, state }) {
  const lenient = { ...as, authorization_response_iss_parameter_supported: false };
  return oauth.validateAuthResponse(lenient, client, back, state);
}

async function exchange(code, verifier = code.verifier) {
  const response = await oauth.authorizationCodeGrantRequest(
    as, client, nobody, parametersOf(code), given.redirect_uri, verifier,
  );
  return await oauth.processAuthorizationCodeResponse(as, client, response);
}

async function refresh(token) {
  const response = await oauth.refreshTokenGrantRequest(as, client, nobody, token);
  return await oauth.processRefreshTokenResponse(as, client, response);
}

async function tokens() {
  try {
    return await exchange(await newCode());
  } catch (error) {
    throw new NotTried(`no token to begin with: ${told(error)}`);
  }
}

async function validated(accessToken) {
  const request = new Request(new URL("/me", given.origin), {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  await oauth.validateJwtAccessToken(as, request, given.audience);
}

const asked = {
  "way back": async (topic) => {
    await must(topic, "state and issuer of the authorization response", async () => {
      const { back, state } = await newCode();
      oauth.validateAuthResponse(as, client, back, state);
    });
  },
  "PKCE": async (topic) => {
    await mustRefuse(topic, "a verifier of somebody else", "invalid_grant", async () => {
      await exchange(await newCode(), oauth.generateRandomCodeVerifier());
    });
    await mustRefuse(topic, "no verifier", "invalid_grant", async () => {
      await exchange(await newCode(), oauth.nopkce);
    });
    await must(topic, "an authorization request without a challenge", async () => {
      const answer = await asksWrongly({ code_challenge: null, code_challenge_method: null });
      if (answer.status !== 303) return `not sent back with an error: status ${answer.status}`;
      try {
        oauth.validateAuthResponse(as, client, new URL(answer.headers.get("location")), oauth.expectNoState);
      } catch (error) {
        if (error instanceof oauth.AuthorizationResponseError && error.error === "invalid_request") return null;
        throw error;
      }
      return "it was answered with a code";
    });
  },
  "address of the client": async (topic) => {
    for (const changed of ["http://127.0.0.1:9999/callback/more", "https://elsewhere.example/callback"]) {
      await must(topic, `an address that is not registered: ${changed}`, async () => {
        const { status } = await asksWrongly({ redirect_uri: changed });
        return status === 400 ? null : `not refused: status ${status}`;
      });
    }
  },
  "code used twice": async (topic) => {
    await mustRefuse(topic, "the second use", "invalid_grant", async () => {
      const code = await newCode();
      await exchange(code).catch((error) => { throw new NotTried(`the first use: ${told(error)}`); });
      await exchange(code);
    });
    await mustRefuse(topic, "the refresh token of the first use, afterwards", "invalid_grant", async () => {
      const code = await newCode();
      const first = await exchange(code)
        .catch((error) => { throw new NotTried(`the first use: ${told(error)}`); });
      await exchange(code).catch(() => {});
      await refresh(first.refresh_token);
    });
  },
  "refresh token used twice": async (topic) => {
    await mustRefuse(topic, "the second use", "invalid_grant", async () => {
      const first = await tokens();
      await refresh(first.refresh_token)
        .catch((error) => { throw new NotTried(`the first use: ${told(error)}`); });
      await refresh(first.refresh_token);
    });
    await mustRefuse(topic, "its successor, afterwards", "invalid_grant", async () => {
      const first = await tokens();
      const second = await refresh(first.refresh_token)
        .catch((error) => { throw new NotTried(`the first use: ${told(error)}`); });
      await refresh(first.refresh_token).catch(() => {});
      await refresh(second.refresh_token ?? first.refresh_token);
    });
  },
  "access token": async (topic) => {
    await must(topic, "a user's token is one of RFC 9068", async () => {
      if (!as.jwks_uri) throw new NotTried("the server publishes no keys");
      await validated((await tokens()).access_token);
    });
    await must(topic, "a service's token is one of RFC 9068", async () => {
      if (!as.jwks_uri) throw new NotTried("the server publishes no keys");
      const response = await oauth.clientCredentialsGrantRequest(as, service, secret, {});
      await validated((await oauth.processClientCredentialsResponse(as, service, response)).access_token);
    });
  },
  "answers": async (topic) => {
    await must(topic, "code", async () => { await exchange(await newCode()); });
    await must(topic, "refresh", async () => { await refresh((await tokens()).refresh_token); });
    await must(topic, "client credentials", async () => {
      const response = await oauth.clientCredentialsGrantRequest(as, service, secret, {});
      await oauth.processClientCredentialsResponse(as, service, response);
    });
    await must(topic, "introspection", async () => {
      const response = await oauth.clientCredentialsGrantRequest(as, service, secret, {});
      const { access_token: token } = await oauth.processClientCredentialsResponse(as, service, response);
      const asking = await oauth.introspectionRequest(as, service, secret, token);
      const answer = await oauth.processIntrospectionResponse(as, service, asking);
      return answer.active ? null : "a fresh token is not active";
    });
    await must(topic, "revocation", async () => {
      const { refresh_token: token } = await tokens();
      await oauth.processRevocationResponse(await oauth.revocationRequest(as, client, nobody, token));
      try {
        await refresh(token);
      } catch (error) {
        if (error instanceof oauth.ResponseBodyError && error.error === "invalid_grant") return null;
        throw error;
      }
      return "a revoked refresh token was taken";
    });
  },
};

for (const topic of given.topics) await asked[topic](topic);
