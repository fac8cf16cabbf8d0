// What a page shows, kept in its address: a link leads to the same view again, and
// the browser's Back leads to the one before.
import { useEffect, useState } from "preact/hooks";

/** Changes are the parameters of the address that are to be others; "" or undefined takes one out. */
export type Changes = Record<string, string | undefined>;

/** Place is where the person is on the page. */
export class Place {
  readonly asked: URLSearchParams;

  constructor(
    readonly path: string,
    search: string,
  ) {
    this.asked = new URLSearchParams(search);
  }

  get(name: string): string {
    return this.asked.get(name) ?? "";
  }

  /** href is the address of the same view, but for the changes. Links to it are followed without loading the page anew. */
  href(changes: Changes): string {
    const asked = new URLSearchParams(this.asked);
    for (const [name, value] of Object.entries(changes)) {
      if (value) asked.set(name, value);
      else asked.delete(name);
    }
    const search = asked.toString();
    return search ? `${this.path}?${search}` : this.path;
  }
}

const here = () => new Place(location.pathname, location.search);
const moved = "presszero:moved";

/** go shows another view of the page. In place: Back does not lead to the one before. */
export function go(href: string, inPlace = false): void {
  if (inPlace) history.replaceState(history.state, "", href);
  else history.pushState({ within: true }, "", href);
  dispatchEvent(new Event(moved));
}

/** leave goes one view back if that is on this page, and else to href. */
export function leave(href: string): void {
  if ((history.state as { within?: boolean } | null)?.within) history.back();
  else go(href, true);
}

/** usePlace follows the address. */
export function usePlace(): Place {
  const [place, setPlace] = useState(here);
  useEffect(() => {
    const follow = () => setPlace(here());
    const click = (e: MouseEvent) => {
      const link = (e.target as Element).closest?.("a[href]"); // also one in a drawing, whose href is no text
      if (!link || e.defaultPrevented || e.button !== 0 || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
      const to = new URL(link.getAttribute("href") ?? "", location.href);
      if (to.origin !== location.origin || to.pathname !== location.pathname || link.hasAttribute("target") || link.hasAttribute("download")) return;
      e.preventDefault();
      go(to.href);
    };
    addEventListener(moved, follow);
    addEventListener("popstate", follow);
    document.addEventListener("click", click);
    return () => {
      removeEventListener(moved, follow);
      removeEventListener("popstate", follow);
      document.removeEventListener("click", click);
    };
  }, []);
  return place;
}
