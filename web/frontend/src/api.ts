// The JSON API as the pages use it; openapi.yaml is the whole of it.
import { t } from "./texts";

export type Role = "agent" | "supervisor" | "admin";

export interface Me {
  name: string;
  role: Role;
  queues: string[];
  home: string;
  first_password?: boolean; // it was made for her; she should choose her own
  may_wait?: boolean; // and may do so later
}

/** Something that somebody did: GET /api/v1/audit. */
export interface Act {
  id: number;
  at: string;
  who: string;
  what: string;
  detail: Record<string, unknown>;
}

export interface LiveCaller {
  call: string;
  number: string;
  name?: string;
  vip?: boolean;
  state: "waiting" | "ringing" | "dialing" | "connecting" | "talking" | "parked";
  since: string;
  agent?: string;
  callback?: { begin: string; until: string; attempts: number; on_phone: boolean };
}

export interface LiveQueue {
  name: string;
  waiting: LiveCaller[];
  talking: LiveCaller[];
}

/** A user who can sign in: GET /api/v1/users. */
export interface User {
  name: string;
  role: string;
  queues: string[]; // none: all
  weights: Record<string, number>;
  skills: Record<string, number>;
  disabled: boolean;
  first_password: boolean;
}

export interface LiveAgent {
  agent: string;
  name: string;
  queues: string[];
  skills?: { name: string; level: number }[]; // the best first
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
  warnings: string[];
  reported: number;
  queues: LiveQueue[];
  agents: LiveAgent[];
}

export interface Row {
  queue?: string;
  start?: string;
  end?: string;
  zone?: string;
  offered: number;
  callers: number;
  flow_in: number;
  answered: number;
  abandoned: number;
  abandoned_queue: number;
  abandoned_ringing: number;
  abandoned_at_answer: number;
  system_failure: number;
  other: number;
  flow_out: number;
  missed: number;
  open: number;
  withdrawn: number;
  not_served: number;
  abandoned_short: number;
  target_s: number | null;
  short_s: number | null;
  abandon_rate: number | null;
  abandon_rate_net: number | null;
  service_level: number | null;
  service_levels: Record<string, number | null>;
  longest_s: number;
  longest_call?: string;
}

export interface Summary {
  from: string;
  to: string;
  zone: string;
  target_s: number | null;
  short_s: number | null;
  total: Row;
  queues: Row[];
  calls: { calls: number; answered: number; abandoned: number; open: number; abandon_rate: number | null };
  menus: { abandoned: number; contained: number; system_failure: number; open: number; refused: number };
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

export interface MenuNode {
  node: string;
  flow: string;
  versions: number;
  entries: number;
  keys: Record<string, number>;
  zero_during: number;
  zero_after: number;
  silent: number;
  wrong: number;
  hung_up: number;
  self_served: number;
  look_ups: number;
  look_failed: number;
  messages: number;
  transfers: number;
  joined: number;
  queued: number;
  to_queue_p50_s: number | null;
  to_queue_p90_s: number | null;
  reached: number;
  to_person_p50_s: number | null;
  to_person_p90_s: number | null;
}

export interface WaitAccuracy {
  queue: string;
  told: number;
  answered: number;
  within_share: number | null;
  longer: number;
  mean_error_s: number | null;
  mean_abs_error_s: number | null;
  expected: number;
  p80_share: number | null;
  p90_share: number | null;
  bias: number | null;
  qlm_error_s: number | null;
  les_error_s: number | null;
  avgc_les_error_s: number | null;
  asterisk_error_s: number | null;
}

export interface Callback {
  id: string;
  queue: string;
  number: string;
  name?: string;
  state: LiveCaller["state"];
  entered: string;
  begin: string;
  until: string;
  due?: string;
  expires: string;
  attempts: number;
  on_phone: boolean;
  agent?: string;
}

export interface Requirement {
  profile: string;
  requirement: string;
  within_s?: number;
  measured: number | null;
  limit: number;
  unit: "share" | "s" | "calls" | "h";
  ok: boolean | null;
  not_measured?: boolean;
  breaches?: { call: string; queue: string; at: string; wait_s: number; outcome: string }[];
}

export interface Caller {
  key: string;
  number: string;
  name: string;
  language: string;
  vip: boolean;
  note: string;
  last_agent: string;
  last_call_at: string | null;
  last_outcome: string;
  callback: boolean;
  updated_at: string;
}

export interface Message {
  id: string;
  call: string;
  queue: string;
  node: string;
  number: string;
  name?: string;
  vip: boolean;
  left_at: string;
  due_at: string;
  length_s: number;
  state: "open" | "taken" | "done";
  taken_by?: string;
  done_by?: string;
  done_at?: string;
  how?: string;
  overdue: boolean;
  age_s: number;
  held?: string; // why it is kept beyond its time
}

export interface Finding {
  file: string;
  line: number;
  column: number;
  severity: "error" | "warning";
  code: string;
  what: string;
}

export interface FlowCheck {
  version: string;
  refused: boolean;
  findings: Finding[];
}

export interface FlowVersion {
  version: string;
  published_at: string;
  published_by: string;
}

export interface FlowNow extends FlowVersion {
  profiles: string[];
  warnings: Finding[];
  alarm?: string;
}

export interface Prompt {
  language: string;
  name: string;
  text: string;
  source: "recorded" | "core" | "spoken";
  length_s: number;
}

/** How the carriers and telephone systems are: GET /api/v1/trunks. */
export interface TrunkPage {
  now: string;
  file: string; // "": there is none
  trouble: string; // why the file is not in force; "": it is
  trunks: Trunk[];
  unnamed: Unnamed[]; // the latest first
}

export interface Trunk {
  name: string;
  server: string; // "": calls come in only
  sign_in: string;
  transport: string;
  media: string;
  numbers: string[];
  state: "good" | "bad" | "unknown";
  registration: string; // "": it is not registered with
  reach: string; // "": it is not asked
  round_trip_ms: number;
  up: number;
  channels: number; // 0: no limit
  answers: Record<string, number>;
  last_in: string | null;
  last_out: string | null;
  skipped: boolean;
  trouble: string[];
}

/** A number that callers dialled and no flow names. */
export interface Unnamed {
  number: string;
  calls: number;
  last: string;
}

/** What came of a test call: POST /api/v1/trunks/test. */
export interface TestCall {
  how: string;
  trunk: string;
  shown: string;
  sip: number; // 0: no final answer
  seconds: number;
  text: string;
}

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
function saysNo(e: unknown): boolean {
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
