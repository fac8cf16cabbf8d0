// The JSON API as the pages use it. Its types, in openapi.ts, are made from
// web/openapi.yaml by `make types`.
import type { Me, paths } from "./openapi";
import { t } from "./texts";

export type * from "./openapi";

/** Answer is what a GET of this path of openapi.yaml answers. */
export type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { "application/json": infer Body } } } };
}
  ? Body
  : never;

/** Refusal is an answer that was not the one asked for; its message is a sentence for the person. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    text: string,
    readonly answer: unknown = undefined,
  ) {
    super(text);
  }
}

async function request<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>, within?: number): Promise<T> {
  let response: Response;
  try {
    const init: RequestInit = { method, credentials: "same-origin" };
    if (within) init.signal = AbortSignal.timeout(within); // in ms
    if (headers) init.headers = headers;
    if (body instanceof FormData || body instanceof Blob) init.body = body;
    else if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { ...headers, "Content-Type": "application/json" };
    }
    response = await fetch(path, init);
  } catch {
    throw new Refusal(0, t.noServer);
  }
  if (response.status === 204) return undefined as T;
  const answer = (await response.json().catch(() => ({}))) as { error?: string };
  if (!response.ok) throw new Refusal(response.status, answer.error ?? t.noServer, answer);
  return answer as T;
}

/** look asks, and stays where it is whatever the answer. */
export function look<T>(path: string): Promise<T> {
  return request<T>("GET", path);
}

/** write changes something, and stays where it is whatever the answer. */
export function write<T>(method: string, path: string, body?: unknown): Promise<T> {
  return request<T>(method, path, body);
}

/** get asks, and goes to the sign-in when the sign-in has ended. */
export function get<T>(path: string): Promise<T> {
  return send<T>("GET", path);
}

/** send does so with what is to be changed: an object, a form or a file. */
export async function send<T>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<T> {
  try {
    return await request<T>(method, path, body, headers);
  } catch (e) {
    if (e instanceof Refusal && e.status === 401) location.replace("/sign-in");
    throw e;
  }
}

const askWithin = 4000; // ms; a network that is dead does not say so

/** saysNo: the server answered, and it was a refusal. */
export function saysNo(e: unknown): boolean {
  return e instanceof Refusal && e.status > 0 && e.status < 500;
}

/** signedIn asks once. Where nobody answers, the sign-in is taken to hold. */
export async function signedIn(): Promise<boolean> {
  try {
    await request<Me>("GET", "/api/v1/me", undefined, undefined, askWithin);
    return true;
  } catch (e) {
    return !saysNo(e);
  }
}

export async function whoAmI(): Promise<Me | null> {
  for (let wait = 300; ; wait = Math.min(2 * wait, 5000)) {
    try {
      return await request<Me>("GET", "/api/v1/me", undefined, undefined, askWithin);
    } catch (e) {
      if (saysNo(e)) return null;
    }
    await new Promise((done) => setTimeout(done, wait)); // the server restarts
  }
}

export function signIn(name: string, password: string): Promise<Me> {
  return request<Me>("POST", "/api/v1/session", { name, password });
}

export async function signOut(): Promise<void> {
  await request("DELETE", "/api/v1/session").catch(() => {});
  location.assign("/sign-in");
}

export function query(parameters: Record<string, string | undefined>): string {
  const q = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value) q.set(name, value);
  return q.toString();
}
