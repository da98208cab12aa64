// An Express application: express-session with connect-redis beside jsonwebtoken. It knows nothing of authbench.
// `node app.mjs users N` writes users.csv; without arguments it serves the users of that file.
import { randomBytes, randomUUID, scryptSync, scrypt, timingSafeEqual } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { RedisStore } from "connect-redis";
import express from "express";
import session from "express-session";
import jwt from "jsonwebtoken";
import { createClient } from "redis";

const [, , verb, count] = process.argv;
if (verb === "users") {
  const password = randomBytes(9).toString("base64url");
  const rows = Array.from({ length: Number(count) }, (_, n) => `user-${String(n).padStart(6, "0")},${password}`);
  writeFileSync("users.csv", `username,password\n${rows.join("\n")}\n`);
  process.exit(0);
}

const secret = process.env.APP_SECRET ?? randomBytes(32).toString("hex");
const lifetime = Number(process.env.APP_LIFETIME_S ?? 900);
const port = Number(process.env.APP_PORT ?? 8200);
const [, ...lines] = readFileSync("users.csv", "utf8").trim().split("\n");
const salt = randomBytes(16);
const hashes = new Map();
const accounts = new Map();
for (const line of lines) {
  const [username, password] = line.split(",");
  if (!hashes.has(password)) hashes.set(password, scryptSync(password, salt, 32));
  accounts.set(username, hashes.get(password));
}

const hash = promisify(scrypt);
async function passwordIsRight(username, password) {
  const given = await hash(String(password), salt, 32);
  const kept = accounts.get(username);
  return kept !== undefined && timingSafeEqual(given, kept);
}

const client = createClient({ url: process.env.APP_REDIS_URL ?? "redis://127.0.0.1:6379/0" });
await client.connect();
const refreshTokens = new Map();

const app = express();
app.use(express.json());

const withSession = session({
  store: new RedisStore({ client }),
  name: "sid",
  secret,
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: "lax", maxAge: 3600 * 1000 },
});

app.get("/login", (request, response) => {
  const token = randomUUID();
  response.cookie("csrf", token, { sameSite: "lax" }).json({ csrfToken: token });
});

app.post("/session/login", withSession, async (request, response) => {
  const token = request.get("x-csrf-token");
  const cookies = (request.get("cookie") ?? "").split("; ");
  if (!token || !cookies.includes(`csrf=${token}`)) return response.status(403).json({ error: "csrf" });
  const { username, password } = request.body;
  if (!(await passwordIsRight(username, password))) return response.status(401).json({ error: "login" });
  request.session.regenerate((error) => {
    if (error) return response.status(500).json({ error: "session" });
    request.session.username = username;
    response.json({ username });
  });
});

app.get("/session/me", withSession, (request, response) => {
  if (!request.session.username) return response.status(401).json({ error: "login" });
  response.json({ username: request.session.username });
});

function issue(username) {
  const refresh = randomBytes(24).toString("base64url");
  refreshTokens.set(refresh, username);
  const access = jwt.sign({ jti: randomUUID() }, secret, { subject: username, expiresIn: lifetime });
  return { access_token: access, refresh_token: refresh, expires_in: lifetime };
}

app.post("/jwt/login", async (request, response) => {
  const { username, password } = request.body;
  if (!(await passwordIsRight(username, password))) return response.status(401).json({ error: "login" });
  response.json(issue(username));
});

app.post("/jwt/refresh", (request, response) => {
  const username = refreshTokens.get(request.body.refresh_token);
  if (!username) return response.status(401).json({ error: "refresh" });
  refreshTokens.delete(request.body.refresh_token);
  response.json(issue(username));
});

app.get("/jwt/me", (request, response) => {
  try {
    const claims = jwt.verify((request.get("authorization") ?? "").replace(/^Bearer /, ""), secret);
    response.json({ username: claims.sub });
  } catch {
    response.status(401).json({ error: "token" });
  }
});

app.listen(port, "127.0.0.1");
