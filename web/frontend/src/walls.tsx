// The screens on the wall: added, listed, and signed out for good.
import { useRef, useState } from "preact/hooks";
import { send, type Answer, type Me, type Screen } from "./api";
import { useAnswer } from "./ask";
import { Header } from "./frame";
import { ownTexts, t } from "./texts";
import { dayOf, moment, now } from "./time";

const own = ownTexts({
  en: {
    title: "Wall",
    lead: "A screen in the room shows the queues in figures, without any caller or agent. It is signed in by an address of its own, which is shown once.",
    mine: "Show the wall here",
    add: "Add a screen",
    name: "Where it hangs",
    queues: "Queues",
    allQueues: "All",
    noneMeans: "None chosen: all that you may see",
    ends: "Signed in until the end of",
    made: (name: string) => `Open this address on the screen “${name}”. It is shown this once:`,
    copy: "Copy",
    none: "There is no screen.",
    by: "Added by",
    until: "Signed in until",
    end: "Sign out",
    really: (name: string) => `Really sign “${name}” out?`,
    keep: "Keep it",
  },
  es: {
    title: "Pantalla",
    lead: "Una pantalla en la sala muestra las colas en cifras, sin llamadas ni agentes. Se conecta con una dirección propia, que se muestra una sola vez.",
    mine: "Ver la pantalla aquí",
    add: "Añadir una pantalla",
    name: "Dónde está",
    queues: "Colas",
    allQueues: "Todas",
    noneMeans: "Ninguna elegida: todas las que usted puede ver",
    ends: "Conectada hasta el final del",
    made: (name) => `Abra esta dirección en la pantalla «${name}». Solo se muestra esta vez:`,
    copy: "Copiar",
    none: "No hay ninguna pantalla.",
    by: "Añadida por",
    until: "Conectada hasta",
    end: "Desconectar",
    really: (name) => `¿Desconectar «${name}»?`,
    keep: "Dejarla",
  },
  ko: {
    title: "현황판",
    lead: "사무실 화면에 대기열을 수치로만 보여 줍니다. 고객이나 상담원은 나오지 않습니다. 한 번만 표시되는 전용 주소로 로그인합니다.",
    mine: "여기서 현황판 보기",
    add: "화면 추가",
    name: "걸린 곳",
    queues: "대기열",
    allQueues: "전체",
    noneMeans: "선택하지 않으면 볼 수 있는 전체",
    ends: "로그인 만료일",
    made: (name) => `‘${name}’ 화면에서 이 주소를 여세요. 지금 한 번만 표시됩니다:`,
    copy: "복사",
    none: "화면이 없습니다.",
    by: "추가한 사람",
    until: "로그인 만료",
    end: "로그아웃",
    really: (name) => `‘${name}’ 화면을 로그아웃할까요?`,
    keep: "그대로 두기",
  },
  ja: {
    title: "掲示画面",
    lead: "部屋の画面に、キューを数字だけで表示します。お客様や担当者は出ません。一度だけ表示される専用のアドレスでサインインします。",
    mine: "ここで掲示画面を見る",
    add: "画面を追加",
    name: "設置場所",
    queues: "キュー",
    allQueues: "すべて",
    noneMeans: "選ばなければ、見られるものすべて",
    ends: "サインインの期限",
    made: (name) => `画面「${name}」でこのアドレスを開いてください。表示は今回だけです:`,
    copy: "コピー",
    none: "画面はありません。",
    by: "追加した人",
    until: "サインインの期限",
    end: "サインアウト",
    really: (name) => `画面「${name}」をサインアウトしますか？`,
    keep: "そのままにする",
  },
});

export const wallsTitle = own.title;

const aYear = 365 * 86_400_000; // ms

export function WallsPage({ me }: { me: Me }) {
  const walls = useAnswer<Answer<"/api/v1/walls">>("/api/v1/walls");
  const queues = useAnswer<Answer<"/api/v1/wall">>("/api/v1/wall", 60_000).answer?.queues.map((q) => q.name) ?? [];
  const [made, setMade] = useState<{ name: string; address: string } | null>(null);
  const [error, setError] = useState("");
  const [asked, setAsked] = useState("");
  const form = useRef<HTMLFormElement>(null);
  async function change(what: () => Promise<void>) {
    setError("");
    try {
      await what();
    } catch (e) {
      setError((e as Error).message);
    }
    await walls.again();
  }
  const add = (e: SubmitEvent) => {
    e.preventDefault();
    const written = new FormData(form.current!);
    const end = new Date(`${written.get("ends")}T23:59:59`);
    return change(async () => {
      const body = { name: written.get("name"), queues: written.getAll("queues"), ends: end.toISOString() };
      const screen = await send<Screen & { token: string }>("POST", "/api/v1/walls", body);
      setMade({ name: screen.name, address: `${location.origin}/wall#${screen.token}` });
      form.current?.reset();
    });
  };
  const end = (id: string) => change(() => send<void>("DELETE", `/api/v1/walls/${encodeURIComponent(id)}`));
  return (
    <>
      <Header me={me} />
      <main class="floor">
        <section aria-labelledby="walls-title">
          <div class="title-row">
            <h1 id="walls-title">{own.title}</h1>
            <a class="button" href="/wall">
              {own.mine}
            </a>
          </div>
          <p class="hint">{own.lead}</p>
          {(error || walls.error) && (
            <p class="banner bad" role="alert">
              {error || walls.error}
            </p>
          )}
          {made && (
            <p class="banner made" role="status">
              {own.made(made.name)} <code>{made.address}</code>
              <button onClick={() => void navigator.clipboard?.writeText(made.address)}>{own.copy}</button>
              <button onClick={() => setMade(null)}>{t.close}</button>
            </p>
          )}
          <form ref={form} class="card edit walls" onSubmit={add}>
            <h2 class="wide">{own.add}</h2>
            <label>
              {own.name}
              <input name="name" required maxLength={60} />
            </label>
            <label>
              {own.ends}
              <input name="ends" type="date" required min={dayOf(now())} defaultValue={dayOf(now() + aYear)} />
            </label>
            <fieldset class="wide choices">
              <legend>{own.queues}</legend>
              {queues.map((q) => (
                <label key={q} class="tick">
                  <input type="checkbox" name="queues" value={q} /> {q}
                </label>
              ))}
              <span class="hint">{own.noneMeans}</span>
            </fieldset>
            <span class="choices">
              <button class="primary" type="submit">
                {own.add}
              </button>
            </span>
          </form>
          <div class="card scroll">
            {walls.answer?.walls.length === 0 && <p class="empty">{own.none}</p>}
            {walls.answer && walls.answer.walls.length > 0 && (
              <table class="callers">
                <thead>
                  <tr>
                    <th>{own.name}</th>
                    <th>{own.queues}</th>
                    <th>{own.by}</th>
                    <th>{own.until}</th>
                    <th>{t.state}</th>
                  </tr>
                </thead>
                <tbody>
                  {walls.answer.walls.map((w) => (
                    <tr key={w.id}>
                      <th scope="row">{w.name}</th>
                      <td>{w.queues.join(", ") || own.allQueues}</td>
                      <td>{w.by}</td>
                      <td>{moment(w.ends)}</td>
                      <td>
                        {asked === w.id ? (
                          <span class="choices">
                            {own.really(w.name)}
                            <button class="decline" onClick={() => void end(w.id)}>
                              {own.end}
                            </button>
                            <button onClick={() => setAsked("")}>{own.keep}</button>
                          </span>
                        ) : (
                          <button onClick={() => setAsked(w.id)} aria-label={`${own.end}: ${w.name}`}>
                            {own.end}
                          </button>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            )}
          </div>
        </section>
      </main>
    </>
  );
}
