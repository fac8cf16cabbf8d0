// The JSON API as the pages use it; openapi.yaml is the whole of it.
import { t } from "./texts";

export type Role = "agent" | "supervisor" | "admin";

export interface Me {
  name: string;
  role: Role;
  queues: string[];
  home: string;
}

export interface LiveCaller {
  call: string;
  number: string;
  name?: string;
  state: "waiting" | "ringing" | "connecting" | "talking";
  since: string;
  agent?: string;
}

export interface LiveQueue {
  name: string;
  waiting: LiveCaller[];
  talking: LiveCaller[];
}

export interface LiveAgent {
  agent: string;
  name: string;
  queues: string[];
  presence: "available" | "away" | "signed_out";
  reason?: string;
  state: "idle" | "ringing" | "connecting" | "talking" | "wrap_up";
  since: string;
  media: boolean;
  call?: string;
}

export interface Live {
  now: string;
  in_menus: number;
  reported: number;
  queues: LiveQueue[];
  agents: LiveAgent[];
}

export interface Row {
  queue?: string;
  start?: string;
  end?: string;
  offered: number;
  answered: number;
  abandoned: number;
  abandoned_queue: number;
  abandoned_ringing: number;
  abandoned_at_answer: number;
  system_failure: number;
  other: number;
  open: number;
  withdrawn: number;
  abandon_rate: number | null;
  service_level: number | null;
  longest_s: number;
  longest_call?: string;
}

export interface Summary {
  from: string;
  to: string;
  target_s: number;
  total: Row;
  queues: Row[];
  menus: { abandoned: number; contained: number; system_failure: number; open: number };
}

export interface CallRow {
  call: string;
  at: string;
  ended?: string;
  queue?: string;
  outcome: string;
  number: string;
  name?: string;
  path?: string;
  queue_s: number;
  ring_s: number;
  agent?: string;
}

export interface Happening {
  seq: number;
  at: string;
  kind: string;
  data: Record<string, unknown> | null;
}

/** Refusal is an answer that was not the one asked for; its message is a sentence for the person. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    text: string,
  ) {
    super(text);
  }
}

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  let response: Response;
  try {
    const init: RequestInit = { method, credentials: "same-origin" };
    if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { "Content-Type": "application/json" };
    }
    response = await fetch(path, init);
  } catch {
    throw new Refusal(0, t.noServer);
  }
  if (response.status === 204) return undefined as T;
  const answer = (await response.json().catch(() => ({}))) as { error?: string };
  if (!response.ok) throw new Refusal(response.status, answer.error ?? t.noServer);
  return answer as T;
}

/** get asks, and goes to the sign-in when the sign-in has ended. */
export async function get<T>(path: string): Promise<T> {
  try {
    return await request<T>("GET", path);
  } catch (e) {
    if (e instanceof Refusal && e.status === 401) location.replace("/sign-in");
    throw e;
  }
}

export async function whoAmI(): Promise<Me | null> {
  for (let wait = 300; ; wait = Math.min(2 * wait, 5000)) {
    try {
      return await request<Me>("GET", "/api/v1/me");
    } catch (e) {
      if (e instanceof Refusal && e.status > 0 && e.status < 500) return null;
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
