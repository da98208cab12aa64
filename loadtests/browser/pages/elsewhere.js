// What a page of another origin can send. Each function ends when the browser has done with its request: a
// request that did not arrive by then was never sent.

const PATIENCE_MS = 60000;

const ended = (element) =>
  new Promise((resolve) => {
    element.onload = () => resolve("loaded");
    element.onerror = () => resolve("failed");
    setTimeout(() => resolve("silent"), PATIENCE_MS);
  });

// One field whose name and value read as JSON together, with the = that text/plain puts between them.
function formOf(method, url, name, value, enctype, target) {
  const form = document.createElement("form");
  Object.assign(form, { method, action: url, enctype, target: target || "_self" });
  const field = document.createElement("input");
  Object.assign(field, { type: "hidden", name, value });
  form.append(field);
  document.body.append(form);
  return form;
}

window.elsewhere = {
  submit: (url, name, value) => formOf("post", url, name, value, "text/plain").submit(),
  get: (url, item) => {
    const form = formOf("get", url, "quantity", "1", "application/x-www-form-urlencoded");
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name: "item", value: item });
    form.append(field);
    form.submit();
  },
  link: (url, target) => {
    const link = document.createElement("a");
    Object.assign(link, { href: url, target, textContent: "a link", id: "link" });
    document.body.append(link);
  },
  frame: async (url, name, value) => {
    const frame = document.createElement("iframe");
    frame.name = "inside";
    document.body.append(frame);
    const done = ended(frame);
    formOf("post", url, name, value, "text/plain", "inside").submit();
    return done;
  },
  frameGet: async (url) => {
    const frame = document.createElement("iframe");
    const done = ended(frame);
    frame.src = url;
    document.body.append(frame);
    return done;
  },
  image: async (url) => {
    const image = document.createElement("img");
    const done = ended(image);
    image.src = url;
    document.body.append(image);
    return done;
  },
  // `type`: the Content-Type to declare; null: a Blob without one, which declares none.
  send: async (url, body, type, mode) => {
    const content = type === null ? new Blob([body]) : body;
    const headers = type ? { "Content-Type": type } : {};
    return fetch(url, { method: "POST", mode, credentials: "include", headers, body: content }).then(
      (answer) => `answered: ${answer.type} ${answer.status}`,
      (error) => `failed: ${error.message}`,
    );
  },
  read: async (url) =>
    fetch(url, { mode: "cors", credentials: "include" }).then(
      (answer) => answer.text(),
      (error) => `failed: ${error.message}`,
    ),
  plant: (line) => { document.cookie = line; },
};
