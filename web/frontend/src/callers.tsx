// Who calls: what the next agent should know of them.
import { useState } from "preact/hooks";
import { query, send, type Answer, type Caller, type Me } from "./api";
import { useAnswer } from "./ask";
import { Pages } from "./calls";
import { EditRow, type Texts } from "./edit";
import { Header } from "./frame";
import { go, usePlace } from "./place";
import { ownTexts, t } from "./texts";
import { moment } from "./time";

/** own are the outcomes that only a whole call has. */
const own = ownTexts<Record<string, string>>({
  en: { message_left: "Left a message" },
  es: { message_left: "Dejó un mensaje" },
  ko: { message_left: "메시지 남김" },
  ja: { message_left: "伝言を残した" },
});

const onPage = 25;

export function CallersPage({ me }: { me: Me }) {
  const [number, setNumber] = useState("");
  const [editing, setEditing] = useState<string | null>(null);
  const callers = useAnswer<Answer<"/api/v1/callers">>(`/api/v1/callers?${query({ number })}`);
  const place = usePlace();
  const all = callers.answer?.callers ?? [];
  const pages = Math.max(1, Math.ceil(all.length / onPage));
  const page = Math.min(pages, Math.max(1, Number(place.get("page")) || 1));
  const list = all.slice((page - 1) * onPage, page * onPage);
  return (
    <>
      <Header me={me} />
      <main class="floor">
        <section aria-labelledby="callers-title">
          <div class="title-row">
            <h1 id="callers-title">{t.callers}</h1>
            <form
              class="inline"
              role="search"
              onSubmit={(e) => {
                e.preventDefault();
                go(place.href({ page: undefined }), true);
                setNumber(String(new FormData(e.currentTarget).get("number") ?? "").trim());
              }}
            >
              <input name="number" type="search" inputMode="tel" placeholder={t.searchNumber} aria-label={t.searchNumber} />{" "}
              <button type="submit">{t.search}</button>
            </form>
          </div>
          {callers.error && (
            <p class="banner bad" role="alert">
              {callers.missing ? t.notHere : callers.error}
            </p>
          )}
          <div class="card scroll">
            {callers.answer && list.length === 0 ? (
              <p class="empty">{t.nobodyFound}</p>
            ) : (
              <table class="callers">
                <thead>
                  <tr>
                    <th>{t.number}</th>
                    <th>{t.name}</th>
                    <th>{t.language}</th>
                    <th>{t.vip}</th>
                    <th>{t.note}</th>
                    <th>{t.lastCall}</th>
                    <th>{t.lastAgent}</th>
                    <td />
                  </tr>
                </thead>
                <tbody>
                  {list.map((c) =>
                    editing === c.key ? (
                      <Edit key={c.key} caller={c} onClose={() => setEditing(null)} onSaved={callers.again} />
                    ) : (
                      <Line key={c.key} caller={c} onEdit={() => setEditing(c.key)} />
                    ),
                  )}
                </tbody>
              </table>
            )}
            <Pages place={place} page={page} pages={pages} />
            <p class="hint">{t.callersHint}</p>
          </div>
        </section>
      </main>
    </>
  );
}

function Line({ caller: c, onEdit }: { caller: Caller; onEdit: () => void }) {
  return (
    <tr>
      <th scope="row">{c.number}</th>
      <td>{c.name}</td>
      <td>{c.language}</td>
      <td>{c.vip && <span class="chip vip">{t.vip}</span>}</td>
      <td class="text">{c.note}</td>
      <td>
        {c.last_call_at && `${moment(c.last_call_at)} · ${t.outcomes[c.last_outcome] ?? own[c.last_outcome] ?? c.last_outcome}`}
        {c.callback && <span class="chip ringing">{t.callbackOpen}</span>}
      </td>
      <td>{c.last_agent}</td>
      <td>
        <button onClick={onEdit} aria-label={`${t.edit}: ${c.number}`}>
          {t.edit}
        </button>
      </td>
    </tr>
  );
}

function Edit({ caller: c, ...row }: { caller: Caller; onClose: () => void; onSaved: () => Promise<void> }) {
  const save = (text: Texts) =>
    send("PUT", `/api/v1/callers/${encodeURIComponent(c.key)}`, {
      name: text("name").trim(),
      language: text("language").trim(),
      vip: text("vip") === "on",
      note: text("note").trim(),
    });
  return (
    <EditRow head={c.number} columns={7} save={save} {...row}>
      <label>
        {t.name}
        <input name="name" defaultValue={c.name} maxLength={80} />
        <span class="hint">{t.nameHint}</span>
      </label>
      <label>
        {t.language}
        <input name="language" defaultValue={c.language} maxLength={20} size={6} />
        <span class="hint">{t.languageHint}</span>
      </label>
      <label class="wide">
        {t.note}
        <input name="note" defaultValue={c.note} maxLength={500} />
      </label>
      <label class="tick">
        <input type="checkbox" name="vip" defaultChecked={c.vip} /> {t.vip}
      </label>
    </EditRow>
  );
}
