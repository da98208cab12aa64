// The application's own page: logs in, orders, logs out, and keeps its credential where ?keeps= says.
// A module: what it keeps in its variables is in no object that another script can reach.

const keeps = new URLSearchParams(location.search).get("keeps");
const said = document.getElementById("said");
let inMemory = null;

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
const encoded = (text) => new TextEncoder().encode(text);

function csrfToken() {
  const found = document.cookie.match(/(?:^|; )(?:__Host-|dev-)?csrf=([^;]*)/);
  return found ? found[1] : null;
}

// A key that signs and cannot be read, also not by this page (WebCrypto, extractable: false); it survives a
// reload in IndexedDB, as clients with DPoP keep theirs.
function keys(mode, act) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("client", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const asked = act(opening.result.transaction("keys", mode).objectStore("keys"));
      asked.onsuccess = () => { opening.result.close(); resolve(asked.result); };
      asked.onerror = () => { opening.result.close(); reject(asked.error); };
    };
  });
}

async function clientKey() {
  let pair = await keys("readonly", (store) => store.get("proof"));
  if (!pair) {
    pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);
    await keys("readwrite", (store) => store.put(pair, "proof"));
  }
  return pair;
}

// RFC 9449 section 4.2.
async function proof(method, path, token) {
  const pair = await clientKey();
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", pair.publicKey);
  const claims = {
    jti: base64url(crypto.getRandomValues(new Uint8Array(16))),
    htm: method,
    htu: location.origin + path,
    iat: Math.floor(Date.now() / 1000),
  };
  if (token) claims.ath = base64url(await crypto.subtle.digest("SHA-256", encoded(token)));
  const head = { typ: "dpop+jwt", alg: "ES256", jwk: { crv, kty, x, y } };
  const signed = [head, claims].map((part) => base64url(encoded(JSON.stringify(part)))).join(".");
  const algorithm = { name: "ECDSA", hash: "SHA-256" };
  return `${signed}.${base64url(await crypto.subtle.sign(algorithm, pair.privateKey, encoded(signed)))}`;
}

const tokens = () => (keeps === "memory" ? inMemory : JSON.parse(localStorage.getItem("tokens")));

function keep(answer) {
  if (keeps === "memory") inMemory = answer;
  else if (keeps !== "cookie") localStorage.setItem("tokens", JSON.stringify(answer));
}

function forget() {
  inMemory = null;
  localStorage.removeItem("tokens");
}

async function credentials(method, path) {
  if (keeps === "cookie") {
    const token = csrfToken();
    return method === "GET" || !token ? {} : { "X-CSRF-Token": token };
  }
  const kept = tokens();
  const header = {};
  if (kept) header.Authorization = `${kept.token_type} ${kept.access_token}`;
  if (keeps === "key") header.DPoP = await proof(method, path, kept && kept.access_token);
  return header;
}

async function send(method, path, body) {
  const headers = await credentials(method, path);
  if (body) headers["Content-Type"] = "application/json";
  // By its name at the moment of the call, as most code does.
  return window.fetch(path, { method, headers, body: body && JSON.stringify(body) });
}

async function logIn({ username, password }) {
  forget();
  if (keeps === "cookie") await window.fetch("/csrf");
  const answer = await send("POST", "/login", { username, password });
  if (answer.ok) keep(await answer.json());
  return answer.status;
}

async function logOut() {
  const kept = keeps === "cookie" ? null : tokens();
  const refresh = kept && kept.refresh_token ? { refresh_token: kept.refresh_token } : null;
  const answer = await send("POST", "/logout", refresh);
  forget();
  return answer.status;
}

const order = async ({ item }) => (await send("POST", "/orders", { item, quantity: 1 })).status;

function on(id, event, act) {
  document.getElementById(id).addEventListener(event, async (happened) => {
    happened.preventDefault();
    said.textContent = "";
    const form = happened.currentTarget;
    const fields = form instanceof HTMLFormElement ? Object.fromEntries(new FormData(form)) : {};
    const done = await act(fields).catch((error) => `failed: ${error.message}`);
    said.textContent = `${id} ${done}`;
  });
}

on("login", "submit", logIn);
on("order", "submit", order);
on("logout", "click", logOut);
// A base URL that somebody forgot to change.
on("legacy", "click", async () => {
  const headers = await credentials("GET", "/me");
  return (await window.fetch(`http://${location.host}/me`, { headers, credentials: "include" })).status;
});
said.textContent = "ready";
