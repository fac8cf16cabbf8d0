// With what programs read: made here, shown once, and revoked here.
import { useState } from "preact/hooks";
import { send, type Answer, type Token, type TokenScope } from "./api";
import { useAnswer } from "./ask";
import { EditRow, type Texts } from "./edit";
import { Wide } from "./parts";
import { ownTexts, t } from "./texts";
import { moment, now } from "./time";

const own = ownTexts({
  en: {
    title: "Tokens for programs",
    add: "Make a token",
    name: "What it is for",
    owner: "Owner",
    may: "May read",
    ends: "Ends",
    used: "Last used",
    never: "never",
    none: "There are no tokens.",
    revoke: "Revoke",
    revoked: "Revoked",
    expired: "Ended",
    sure: "Revoke this token? Programs that use it are refused at once.",
    made: (name: string) => `The token “${name}”. It is shown this once:`,
    days: "Holds for",
    ofDays: (n: number) => `${n} days`,
    scopes: { "reports.read": "Reports and calls", "live.read": "The floor now", "notices.read": "Notices", metrics: "Metrics" } as Record<TokenScope, string>,
    queuesHint: "Among your own, with commas. Empty: all of these.",
    hint: "A program sends it as “Authorization: Bearer pz_…”. It sees what its owner sees, or less, and no page.",
  },
  es: {
    title: "Tokens para programas",
    add: "Crear un token",
    name: "Para qué es",
    owner: "De",
    may: "Puede leer",
    ends: "Termina",
    used: "Último uso",
    never: "nunca",
    none: "No hay tokens.",
    revoke: "Revocar",
    revoked: "Revocado",
    expired: "Terminado",
    sure: "¿Revocar este token? Los programas que lo usan serán rechazados al instante.",
    made: (name) => `El token «${name}». Solo se muestra esta vez:`,
    days: "Vale",
    ofDays: (n) => `${n} días`,
    scopes: { "reports.read": "Informes y llamadas", "live.read": "La sala ahora", "notices.read": "Avisos", metrics: "Métricas" },
    queuesHint: "Entre las suyas, con comas. Vacío: todas ellas.",
    hint: "Un programa lo envía como «Authorization: Bearer pz_…». Ve lo que ve su dueño, o menos, y ninguna página.",
  },
  ko: {
    title: "프로그램용 토큰",
    add: "토큰 만들기",
    name: "용도",
    owner: "소유자",
    may: "읽을 수 있는 것",
    ends: "만료",
    used: "마지막 사용",
    never: "없음",
    none: "토큰이 없습니다.",
    revoke: "폐기",
    revoked: "폐기됨",
    expired: "만료됨",
    sure: "이 토큰을 폐기할까요? 사용하는 프로그램은 즉시 거부됩니다.",
    made: (name) => `토큰 “${name}”입니다. 지금 한 번만 표시됩니다:`,
    days: "유효 기간",
    ofDays: (n) => `${n}일`,
    scopes: { "reports.read": "보고서와 통화", "live.read": "현재 현황", "notices.read": "알림", metrics: "지표" },
    queuesHint: "본인의 대기열 중에서, 쉼표로 구분. 비우면 모두.",
    hint: "프로그램은 “Authorization: Bearer pz_…”로 보냅니다. 소유자가 보는 것까지만 보며, 페이지는 볼 수 없습니다.",
  },
  ja: {
    title: "プログラム用トークン",
    add: "トークンを作る",
    name: "用途",
    owner: "所有者",
    may: "読めるもの",
    ends: "期限",
    used: "最終使用",
    never: "なし",
    none: "トークンはありません。",
    revoke: "失効させる",
    revoked: "失効",
    expired: "期限切れ",
    sure: "このトークンを失効させますか。使っているプログラムはすぐに拒否されます。",
    made: (name) => `トークン「${name}」です。表示は今回だけです:`,
    days: "有効期間",
    ofDays: (n) => `${n}日`,
    scopes: { "reports.read": "レポートと通話", "live.read": "現在のフロア", "notices.read": "通知", metrics: "メトリクス" },
    queuesHint: "自分のキューから、コンマ区切り。空欄はそのすべて。",
    hint: "プログラムは「Authorization: Bearer pz_…」として送ります。所有者に見えるものまでで、ページは見られません。",
  },
});

export function Tokens() {
  const { answer, error, missing, again } = useAnswer<Answer<"/api/v1/tokens">>("/api/v1/tokens");
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<{ name: string; token: string } | null>(null);
  const [refused, setRefused] = useState("");
  const list = answer?.tokens ?? [];
  async function revoke(id: string) {
    setRefused("");
    try {
      await send("DELETE", `/api/v1/tokens/${encodeURIComponent(id)}`);
    } catch (e) {
      setRefused((e as Error).message);
    }
    await again();
  }
  const problem = missing ? t.notHere : error || refused;
  return (
    <section aria-labelledby="tokens-title">
      <div class="title-row">
        <h2 id="tokens-title">{own.title}</h2>
        <button onClick={() => setAdding(true)}>{own.add}</button>
      </div>
      {problem && (
        <p class="banner bad" role="alert">
          {problem}
        </p>
      )}
      {made && (
        <p class="banner made" role="status">
          {own.made(made.name)} <code>{made.token}</code>
          <button onClick={() => setMade(null)}>{t.close}</button>
        </p>
      )}
      <Wide title="tokens-title">
        {answer && list.length === 0 && !adding && <p class="empty">{own.none}</p>}
        {(list.length > 0 || adding) && (
          <table class="tokens">
            <thead>
              <tr>
                <th>{own.name}</th>
                <th>{own.owner}</th>
                <th>{own.may}</th>
                <th>{t.queues}</th>
                <th>{own.ends}</th>
                <th>{own.used}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {adding && <Make scopes={answer?.scopes ?? []} onSaved={again} onClose={() => setAdding(false)} onMade={setMade} />}
              {list.map((k) => (
                <Row key={k.id} k={k} onRevoke={() => confirm(own.sure) && void revoke(k.id)} />
              ))}
            </tbody>
          </table>
        )}
        <p class="hint">{own.hint}</p>
      </Wide>
    </section>
  );
}

function Row({ k, onRevoke }: { k: Token; onRevoke: () => void }) {
  const over = k.revoked_at ? own.revoked : Date.parse(k.expires_at) < now() ? own.expired : "";
  return (
    <tr class={over ? "over" : ""}>
      <th scope="row">{k.name}</th>
      <td>{k.owner}</td>
      <td>{k.scopes.map((s) => own.scopes[s] ?? s).join(", ")}</td>
      <td>{k.queues.join(", ") || t.everyQueue}</td>
      <td>{over ? <span class="chip">{over}</span> : <time dateTime={k.expires_at}>{moment(k.expires_at)}</time>}</td>
      <td>{k.used_at ? <time dateTime={k.used_at}>{moment(k.used_at)}</time> : <span class="none">{own.never}</span>}</td>
      <td>
        {!over && (
          <button onClick={onRevoke} aria-label={`${own.revoke}: ${k.name}`}>
            {own.revoke}
          </button>
        )}
      </td>
    </tr>
  );
}

interface MakeProps {
  scopes: TokenScope[];
  onSaved: () => Promise<void>;
  onClose: () => void;
  onMade: (made: { name: string; token: string }) => void;
}

function Make({ scopes, onMade, ...row }: MakeProps) {
  async function save(text: Texts) {
    const body = {
      name: text("name").trim(),
      scopes: scopes.filter((s) => text(s) === "on"),
      queues: text("queues")
        .split(/[\s,]+/)
        .filter(Boolean),
      days: Number(text("days")),
    };
    const { token } = await send<{ token: string }>("POST", "/api/v1/tokens", body);
    onMade({ name: body.name, token });
  }
  return (
    <EditRow head={own.add} columns={6} save={save} {...row}>
      <label>
        {own.name}
        <input name="name" required maxLength={60} autoComplete="off" />
      </label>
      <label>
        {own.days}
        <select name="days">
          {[30, 90, 365].map((n) => (
            <option key={n} value={n} selected={n === 90}>
              {own.ofDays(n)}
            </option>
          ))}
        </select>
      </label>
      <fieldset class="wide types">
        <legend>{own.may}</legend>
        {scopes.map((s) => (
          <label key={s} class="tick">
            <input type="checkbox" name={s} defaultChecked={s === "reports.read"} /> {own.scopes[s] ?? s}
          </label>
        ))}
      </fieldset>
      <label class="wide">
        {t.queues}
        <input name="queues" autoComplete="off" placeholder={t.everyQueue} />
        <span class="hint">{own.queuesHint}</span>
      </label>
    </EditRow>
  );
}
