// What a page asks the server again and again.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { Refusal, get } from "./api";

export interface Asked<T> {
  answer: T | null;
  error: string;
  missing: boolean; // it is not configured here
  again: () => Promise<void>;
}

/** useAnswer asks for path, and again every 15 s or so many ms, so that a page left open tells the truth. */
export function useAnswer<T>(path: string, every = 15_000, ask: <T>(path: string) => Promise<T> = get): Asked<T> {
  const [state, set] = useState<Omit<Asked<T>, "again"> & { path: string }>({ path: "", answer: null, error: "", missing: false });
  const turn = useRef(0);
  const again = useCallback(async () => {
    const mine = ++turn.current;
    try {
      const answer = await ask<T>(path);
      if (mine === turn.current) set({ path, answer, error: "", missing: false });
    } catch (e) {
      const missing = e instanceof Refusal && e.status === 404;
      if (mine === turn.current) set((old) => ({ path, answer: old.path === path ? old.answer : null, error: (e as Error).message, missing }));
    }
  }, [path, ask]);
  useEffect(() => {
    void again();
    const timer = setInterval(() => void again(), every);
    return () => clearInterval(timer);
  }, [again, every]);
  return { answer: state.path === path ? state.answer : null, error: state.error, missing: state.missing, again };
}
