// What the menus do to callers, node by node, beside the flow as it is.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { query, type Answer, type FlowNow, type MenuNode } from "./api";
import { useAnswer } from "./ask";
import { Report } from "./figure";
import { FindingList } from "./findings";
import { asked, every, type View } from "./history";
import { count, opened, type Only } from "./kinds";
import { publisher } from "./flow";
import { Counted } from "./numbers";
import { language, ownTexts, t } from "./texts";
import { duration, moment } from "./time";

const own = ownTexts({
  en: {
    picture: "How callers went through the flow",
    nodes: "Each menu",
    signs: "→ callers who came · 0 who pressed 0 there · ✕ who hung up there · (n) how often the key was pressed",
  },
  es: {
    picture: "Cómo pasaron por el flujo",
    nodes: "Cada menú",
    signs: "→ llamadas que llegaron · 0 quienes pulsaron 0 ahí · ✕ quienes colgaron ahí · (n) veces que se pulsó la tecla",
  },
  ko: {
    picture: "고객이 흐름을 지나간 길",
    nodes: "메뉴별",
    signs: "→ 들어온 고객 · 0 거기서 0을 누른 고객 · ✕ 거기서 끊은 고객 · (n) 키를 누른 횟수",
  },
  ja: {
    picture: "お客様がフローを通った道",
    nodes: "メニューごと",
    signs: "→ 来た人 · 0 そこで0を押した人 · ✕ そこで切った人 · (n) キーが押された回数",
  },
});

/** Menus is how callers went through the flow: its picture with the figures in it, and the nodes in a table. */
export function Menus(v: View) {
  const path = `/api/v1/reports/menus?${query(asked(v))}`;
  const nodes = useAnswer<Answer<"/api/v1/reports/menus">>(path, every(v));
  const flow = useAnswer<FlowNow>("/api/v1/flow", every(v));
  return (
    <section aria-label={t.menus}>
      {nodes.error && (
        <p class="banner bad" role="alert">
          {nodes.error}
        </p>
      )}
      {flow.missing && <p class="card empty">{t.notHere}</p>}
      {!flow.missing && flow.error && (
        <p class="banner bad" role="alert">
          {flow.error}
        </p>
      )}
      {flow.answer && <Drawn v={v} flow={flow.answer} />}
      {nodes.answer && <Nodes v={v} nodes={nodes.answer.nodes} path={path} />}
    </section>
  );
}

function Drawn({ v, flow }: { v: View; flow: FlowNow }) {
  return (
    <>
      {flow.alarm && (
        <p class="banner bad" role="alert">
          {t.notServed} {flow.alarm}
        </p>
      )}
      <figure class="card drawn-from">
        <figcaption class="title-row">
          <h2>{own.picture}</h2>
          <span class="hint">
            <code>{flow.version.slice(0, 12)}</code> · {moment(flow.published_at)} · {t.publishedBy(publisher(flow.published_by))}
          </span>
        </figcaption>
        <p class="legend">{own.signs}</p>
        <FlowPicture v={v} version={flow.version} />
      </figure>
      {flow.warnings.length > 0 && (
        <details class="card">
          <summary>
            {t.warnings} <span class="count">{flow.warnings.length}</span>
          </summary>
          <FindingList findings={flow.warnings} />
        </details>
      )}
    </>
  );
}

/** FlowPicture puts the picture into the page, so that its boxes are links; its style is the page's own, since the page allows no other. */
function FlowPicture({ v, version }: { v: View; version: string }) {
  const root = useRef<HTMLDivElement>(null);
  const path = `/api/v1/flow/picture.svg?${query({ ...asked(v), language, of: version })}`;
  const [error, setError] = useState("");
  useEffect(() => {
    let gone = false;
    fetch(path)
      .then((r) => (r.ok ? r.text() : Promise.reject(new Error(r.statusText))))
      .then((text) => {
        if (gone) return;
        setError("");
        root.current?.replaceChildren(drawn(text, (node) => v.place.href(opened({ kind: "all", only: { entered: node } }))));
      })
      .catch((e: Error) => !gone && setError(e.message));
    return () => {
      gone = true;
    };
  }, [path, v.place]);
  return (
    <>
      {error && <p class="banner bad">{error}</p>}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what has no focus does not scroll by keys */}
      <div class="picture flow" ref={root} role="group" aria-label={t.pictureAlt} tabIndex={0} />
    </>
  );
}

/** drawn is the picture, without its style, and with a link around each box that callers came to. */
function drawn(text: string, href: (node: string) => string): Element {
  const svg = new DOMParser().parseFromString(text.replace(/<style>[\s\S]*?<\/style>/g, ""), "image/svg+xml").documentElement;
  for (const box of svg.querySelectorAll("g[data-node]")) {
    const node = box.getAttribute("data-node") ?? "";
    if (!box.querySelector(".count") || node === person) continue;
    const link = document.createElementNS("http://www.w3.org/2000/svg", "a");
    link.setAttribute("href", href(node));
    box.replaceWith(link);
    link.append(box);
  }
  svg.removeAttribute("role"); // it has links in it
  return document.importNode(svg, true);
}

const person = "0"; // the box of the person behind 0

count("menus", t.menus, {
  keys: t.keysPressed,
  zero_during: t.zeroDuring,
  zero_after: t.zeroAfter,
  silent: t.silent,
  wrong: t.wrong,
  self_served: t.kinds["ivr.self_served"] ?? "",
  look_ups: t.kinds["ivr.looked_up"] ?? "",
  messages: t.kinds["ivr.message_left"] ?? "",
  transfers: t.kinds["transfer.started"] ?? "",
});

function Nodes({ v, nodes, path }: { v: View; nodes: MenuNode[]; path: string }) {
  if (nodes.length === 0) return <p class="card empty">{t.nobodyInMenus}</p>;
  const counted = (n: MenuNode, column: string, times: number, only: Only = {}, as?: string) => (
    <Counted
      place={v.place}
      n={times}
      {...(as ? { as } : {})}
      which={{ kind: `menus.${column}`, ...(v.queue ? { queue: v.queue } : {}), only: { entered: n.node, ...only } }}
    />
  );
  return (
    <Report title={own.nodes} path={path}>
      <table class="nodes">
        <thead>
          <tr>
            <th>{t.node}</th>
            <th class="num">{t.entries}</th>
            <th>{t.keysPressed}</th>
            <th class="num">{t.zeroDuring}</th>
            <th class="num">{t.zeroAfter}</th>
            <th class="num">{t.silent}</th>
            <th class="num">{t.wrong}</th>
            <th class="num">{t.hungUp}</th>
            <th class="num">{t.toQueue}</th>
            <th class="num">{t.toPerson}</th>
            <th>{t.alsoHappened}</th>
          </tr>
        </thead>
        <tbody>
          {nodes.map((n) => (
            <tr key={n.node}>
              <th scope="row" title={n.versions > 1 ? t.versionsSeen(n.versions) : n.flow}>
                {n.node}
              </th>
              <td class="num">
                <Counted place={v.place} n={n.entries} which={{ kind: "all", only: { entered: n.node } }} />
              </td>
              <td>
                <Keys keys={n.keys} counted={(key, times) => counted(n, "keys", times, { about: key })} />
              </td>
              <td class="num">{counted(n, "zero_during", n.zero_during)}</td>
              <td class="num">{counted(n, "zero_after", n.zero_after)}</td>
              <td class="num">{counted(n, "silent", n.silent)}</td>
              <td class="num">{counted(n, "wrong", n.wrong)}</td>
              <td class={`num ${n.hung_up > 0 ? "bad" : ""}`}>
                <Counted place={v.place} n={n.hung_up} which={{ kind: "abandoned_ivr", only: { node: n.node } }} />
              </td>
              <td class="num">{range(n.to_queue_p50_s, n.to_queue_p90_s)}</td>
              <td class="num">{range(n.to_person_p50_s, n.to_person_p90_s)}</td>
              <td class="hint">{others(n, counted)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p class="hint">{t.nodesHint}</p>
    </Report>
  );
}

function Keys({ keys, counted }: { keys: Record<string, number>; counted: (key: string, n: number) => ComponentChildren }) {
  return (
    <span class="keys">
      {Object.entries(keys)
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([digit, n]) => (
          <span key={digit}>
            <kbd>{digit}</kbd> {counted(digit, n)}
          </span>
        ))}
    </span>
  );
}

function range(p50: number | null, p90: number | null): string {
  return p50 === null || p90 === null ? "–" : `${duration(p50 * 1000)} – ${duration(p90 * 1000)}`;
}

type Counting = (n: MenuNode, column: string, times: number, only?: Only, as?: string) => ComponentChildren;

/** others tells what happens only at some nodes. */
function others(n: MenuNode, counted: Counting): ComponentChildren {
  const happened: [string, number, string][] = [
    ["self_served", n.self_served, t.selfServed(n.self_served)],
    ["look_ups", n.look_ups, t.lookedUp(n.look_ups, n.look_failed)],
    ["messages", n.messages, t.leftMessage(n.messages)],
    ["transfers", n.transfers, t.transferred(n.transfers, n.joined)],
  ];
  return happened
    .filter(([, times]) => times > 0)
    .map(([column, times, as], i) => (
      <span key={column}>
        {i > 0 && " · "}
        {counted(n, column, times, {}, as)}
      </span>
    ));
}
