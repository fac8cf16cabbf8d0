// To whom an agent can hand a caller, and what the house calls its breaks.
import { look, query, type Targets } from "./api";
import { useAnswer } from "./ask";
import { locale } from "./texts";

/** useTargets asks for them, and again every so many ms. An agent in a talk is not torn from it when her sign-in has ended. */
export function useTargets(every: number): Targets | null {
  return useAnswer<Targets>(`/api/v1/desk/targets?${query({ language: locale })}`, every, look).answer;
}

/** Target is where a caller goes; one of the three is set. */
export interface Target {
  queue?: string;
  to?: string; // a colleague
  number?: string;
}

export type Group = "queues" | "colleagues" | "numbers";

export interface Choice {
  id: string; // unique
  group: Group;
  name: string;
  target: Target;
  queue?: Targets["queues"][number];
  colleague?: Targets["colleagues"][number];
  number?: string; // as it is dialled
}

/** choices are the targets that have all words of the filter in their names, and the number that is typed there. Favourites of other queues come last. */
export function choices(targets: Targets, filter: string, queue: string): Choice[] {
  const words = fold(filter).split(/\s+/).filter(Boolean);
  const fits = (...names: string[]) => words.every((w) => fold(names.join(" ")).includes(w));
  const queues = targets.queues.map((q): Choice => ({ id: `queue ${q.name}`, group: "queues", name: q.name, target: { queue: q.name }, queue: q }));
  const colleagues = [...targets.colleagues]
    .sort((a, b) => Number(b.state === "idle") - Number(a.state === "idle"))
    .map((c): Choice => ({ id: `agent ${c.agent}`, group: "colleagues", name: c.name || c.agent, target: { to: c.agent }, colleague: c }));
  const elsewhere = (n: Targets["numbers"][number]) => Number(n.queue !== queue);
  const numbers = [...targets.numbers]
    .sort((a, b) => elsewhere(a) - elsewhere(b))
    .map((n, i): Choice => ({ id: `number ${i} ${n.number}`, group: "numbers", name: n.name, target: { number: n.number }, number: n.number }));
  const found = [...queues, ...colleagues, ...numbers].filter((c) => fits(c.name, ...Object.values(c.target)));
  const typed = filter.trim();
  if (!/^\+?\d[\d\s()./-]{2,}$/.test(typed)) return found;
  return [...found, { id: "typed", group: "numbers", name: typed, target: { number: typed } }];
}

/** fold has a word found without its capitals and accents. */
function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/\p{Mn}/gu, "")
    .toLowerCase();
}
