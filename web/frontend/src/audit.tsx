// Who did what: for admins.
import { useState } from "preact/hooks";
import { get, query, type Act, type Answer, type Me } from "./api";
import { useAnswer } from "./ask";
import { fieldName } from "./fields";
import { Header } from "./frame";
import { ownTexts, t } from "./texts";
import { momentToTheSecond } from "./time";

/** own has the words of acts that are not in t.acts, and of their kinds. */
const own = ownTexts({
  en: {
    kinds: {
      recording: "Recordings",
      archive: "Archive",
      backup: "Backups",
      subscription: "Notices",
      token: "Tokens",
      person: "Persons",
      hold: "Holds",
      retention: "Retention",
    },
    acts: {
      "archive.rekey": "Recordings given to the keys in force",
      "archive.rekey_begin": "Recordings are being given to the keys in force",
      "backup.make": "Backup made",
      "subscription.create": "Notices go to a new address",
      "subscription.change": "Notices of an address changed",
      "subscription.remove": "Address of notices removed",
      "subscription.disable": "Notices switched off or on",
      "subscription.key": "New key of a webhook",
      "subscription.test": "Test notice sent",
      "subscription.again": "Notices sent again",
      "token.create": "Token made",
      "token.revoke": "Token revoked",
      "person.find": "What is kept of a person looked up",
      "person.export": "A person's data given out",
      "person.forget": "Person forgotten",
      "hold.set": "Put on legal hold",
      "hold.release": "Hold released",
      "recording.search": "Recordings looked for",
      "caller.search": "Callers looked for",
      "retention.remove": "Removed by age",
      "wall.add": "Screen signed in",
      "wall.end": "Screen signed out",
      "complaint.write": "Complaint written",
      "outgoing.switch": "Calls that we make switched off or on",
    } as Record<string, string>,
  },
  es: {
    kinds: {
      recording: "Grabaciones",
      archive: "Archivo",
      backup: "Copias de seguridad",
      subscription: "Avisos",
      token: "Tokens",
      person: "Personas",
      hold: "Retenciones",
      retention: "Conservación",
    },
    acts: {
      "archive.rekey": "Grabaciones cifradas para las claves vigentes",
      "archive.rekey_begin": "Se empieza a cifrar las grabaciones para las claves vigentes",
      "backup.make": "Copia de seguridad hecha",
      "subscription.create": "Avisos a una dirección nueva",
      "subscription.change": "Avisos de una dirección cambiados",
      "subscription.remove": "Dirección de avisos quitada",
      "subscription.disable": "Avisos desactivados o activados",
      "subscription.key": "Clave nueva de un webhook",
      "subscription.test": "Aviso de prueba enviado",
      "subscription.again": "Avisos enviados de nuevo",
      "token.create": "Token creado",
      "token.revoke": "Token revocado",
      "person.find": "Consultado lo que se guarda de una persona",
      "person.export": "Datos de una persona entregados",
      "person.forget": "Persona olvidada",
      "hold.set": "Retención legal",
      "hold.release": "Retención levantada",
      "recording.search": "Grabaciones buscadas",
      "caller.search": "Llamantes buscados",
      "retention.remove": "Eliminado por antigüedad",
      "wall.add": "Pantalla con sesión",
      "wall.end": "Pantalla sin sesión",
      "complaint.write": "Queja anotada",
      "outgoing.switch": "Llamadas salientes desactivadas o activadas",
    },
  },
  ko: {
    kinds: {
      recording: "녹음",
      archive: "녹음 보관소",
      backup: "백업",
      subscription: "알림",
      token: "토큰",
      person: "개인",
      hold: "보존",
      retention: "보관 기간",
    },
    acts: {
      "archive.rekey": "녹음 키 교체",
      "archive.rekey_begin": "녹음 키 교체 시작",
      "backup.make": "백업 생성",
      "subscription.create": "알림 주소 추가",
      "subscription.change": "알림 변경",
      "subscription.remove": "알림 주소 삭제",
      "subscription.disable": "알림 끄기 또는 켜기",
      "subscription.key": "웹훅 새 키",
      "subscription.test": "시험 알림 전송",
      "subscription.again": "알림 다시 전송",
      "token.create": "토큰 생성",
      "token.revoke": "토큰 폐기",
      "person.find": "개인의 보관 내용 조회",
      "person.export": "개인 데이터 내보내기",
      "person.forget": "개인 삭제",
      "hold.set": "법적 보존",
      "hold.release": "보존 해제",
      "recording.search": "녹음 검색",
      "caller.search": "고객 검색",
      "retention.remove": "기간 만료로 삭제",
      "wall.add": "화면 로그인",
      "wall.end": "화면 로그아웃",
      "complaint.write": "불만 작성",
      "outgoing.switch": "거는 전화 끄기 또는 켜기",
    },
  },
  ja: {
    kinds: {
      recording: "録音",
      archive: "録音アーカイブ",
      backup: "バックアップ",
      subscription: "通知",
      token: "トークン",
      person: "個人",
      hold: "保全",
      retention: "保管期間",
    },
    acts: {
      "archive.rekey": "録音の鍵の掛け替え",
      "archive.rekey_begin": "録音の鍵の掛け替えの開始",
      "backup.make": "バックアップの作成",
      "subscription.create": "通知先の追加",
      "subscription.change": "通知の変更",
      "subscription.remove": "通知先の削除",
      "subscription.disable": "通知のオフ・オン",
      "subscription.key": "Webhook の新しい鍵",
      "subscription.test": "テスト通知の送信",
      "subscription.again": "通知の再送",
      "token.create": "トークンの作成",
      "token.revoke": "トークンの失効",
      "person.find": "個人の保管内容の確認",
      "person.export": "個人データの提供",
      "person.forget": "個人の消去",
      "hold.set": "法的保全",
      "hold.release": "保全の解除",
      "recording.search": "録音の検索",
      "caller.search": "お客様の検索",
      "retention.remove": "期限による削除",
      "wall.add": "画面のサインイン",
      "wall.end": "画面のサインアウト",
      "complaint.write": "苦情の記入",
      "outgoing.switch": "発信のオフ・オン",
    },
  },
});

type Acts = Answer<"/api/v1/audit">;

export function AuditPage({ me }: { me: Me }) {
  const [asked, setAsked] = useState({ who: "", what: "" });
  const [older, setOlder] = useState<{ of: string; acts: Act[]; more: boolean } | null>(null);
  const [error, setError] = useState("");
  const path = `/api/v1/audit?${query(asked)}`;
  const newest = useAnswer<Acts>(path);
  // The newest are asked for again and again; what came before them does not change.
  const first = newest.answer?.acts ?? [];
  const tail = older?.of === path ? older.acts : [];
  const known = new Set(tail.map((a) => a.id));
  const list = [...first.filter((a) => !known.has(a.id)), ...tail];
  const more = older?.of === path ? older.more : newest.answer?.more;

  async function further() {
    setError("");
    try {
      const next = await get<Acts>(`/api/v1/audit?${query({ ...asked, before: String(list.at(-1)?.id ?? "") })}`);
      setOlder({ of: path, acts: [...list, ...next.acts], more: next.more });
    } catch (e) {
      setError((e as Error).message);
    }
  }

  const said = newest.missing ? t.notHere : newest.error || error;
  return (
    <>
      <Header me={me} />
      <main class="floor">
        <section aria-labelledby="audit-title">
          <div class="title-row">
            <h1 id="audit-title">{t.audit}</h1>
            <form
              class="inline"
              role="search"
              onSubmit={(e) => {
                e.preventDefault();
                const form = new FormData(e.currentTarget);
                setAsked({ who: String(form.get("who") ?? "").trim(), what: String(form.get("what") ?? "") });
              }}
            >
              <input name="who" type="search" placeholder={t.auditWho} aria-label={t.auditWho} autoCapitalize="none" />{" "}
              <select name="what" aria-label={t.auditWhat}>
                <option value="">{t.auditAnything}</option>
                {Object.entries({ ...t.auditKinds, ...own.kinds }).map(([kind, word]) => (
                  <option key={kind} value={kind}>
                    {word}
                  </option>
                ))}
              </select>{" "}
              <button type="submit">{t.search}</button>
            </form>
          </div>
          {said && (
            <p class="banner bad" role="alert">
              {said}
            </p>
          )}
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what has no focus does not scroll by keys */}
          <div class="card scroll" role="group" aria-labelledby="audit-title" tabIndex={0}>
            {newest.answer && list.length === 0 ? (
              <p class="empty">{t.auditNothing}</p>
            ) : (
              <table class="callers">
                <thead>
                  <tr>
                    <th>{t.auditWhen}</th>
                    <th>{t.auditWho}</th>
                    <th>{t.auditWhat}</th>
                    <th>{t.auditDetail}</th>
                  </tr>
                </thead>
                <tbody>
                  {list.map((a) => (
                    <tr key={a.id}>
                      <td>
                        <time dateTime={a.at}>{momentToTheSecond(a.at)}</time>
                      </td>
                      <th scope="row">{a.who}</th>
                      <td>{t.acts[a.what] ?? own.acts[a.what] ?? a.what}</td>
                      <td class="text">{detail(a.detail)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
            {more && <button onClick={further}>{t.auditOlder}</button>}
            <p class="hint">{t.auditHint}</p>
          </div>
        </section>
      </main>
    </>
  );
}

/** detail writes an object as name: value; what is empty says nothing. */
function detail(of: Record<string, unknown>): string {
  return Object.entries(of)
    .filter(([, value]) => value !== "" && value !== null && !(typeof value === "object" && Object.keys(value).length === 0))
    .map(([name, value]) => `${fieldName(name)}: ${written(name, value)}`)
    .join(", ");
}

const written = (name: string, value: unknown): string => {
  if (name === "role") return t.roles[String(value)] ?? String(value);
  if (Array.isArray(value) && value.every((v) => typeof v === "string")) return value.join(" ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
};
