// Where recordings and messages are kept: how full it is, whether all is there, and who can
// open it.
import type { ArchivePage as Archive, Me } from "./api";
import { useAnswer } from "./ask";
import { Header } from "./frame";
import { language, ownTexts } from "./texts";
import { moment, tenth } from "./time";

const own = ownTexts({
  en: {
    title: "Archive",
    hint: "Recordings and messages, encrypted. How keys are kept and turned is in docs/archive.md.",
    left: "Lasts for",
    days: (n: number) => (n === 1 ? "1 day" : `${n.toLocaleString("en")} days`),
    years: "more than ten years",
    keeping: "How long what is kept, and what is on hold",
    unknown: "not known: nothing has come",
    free: (free: string, total: string) => `${free} of ${total}`,
    room: "Free on its disk",
    size: "Takes here",
    files: (n: string, size: string) => `${size} in ${n} files`,
    rate: "Each day",
    measured: "Looked at",
    spooled: "Talks to be taken",
    failures: (n: number) => (n === 1 ? "1 try has failed since the start" : `${n} tries have failed since the start`),
    bucket: "Bucket",
    noBucket: "none; all stays here",
    waiting: (n: number) => (n === 0 ? "has everything" : n === 1 ? "1 file waits for the bucket" : `${n} files wait for the bucket`),
    verified: "Compared with what was kept",
    never: "not since the start; each night at 3",
    damaged: (n: number) => (n === 1 ? "1 file is damaged or missing" : `${n} files are damaged or missing`),
    restore: "The log names them; restore them from a backup.",
    key: "Server's key",
    recovery: "The recovery key is still on this machine. Take the file recovery.key to a safe.",
    locked: "The secret half of the server's key is missing. Nothing can be played but with the recovery key.",
    trouble: "Nothing can be kept:",
  },
  es: {
    title: "Archivo",
    hint: "Grabaciones y mensajes, cifrados. En docs/archive.md está cómo se guardan y cambian las claves.",
    left: "Alcanza para",
    days: (n) => (n === 1 ? "1 día" : `${n.toLocaleString("es")} días`),
    years: "más de diez años",
    keeping: "Cuánto se guarda, y qué está retenido",
    unknown: "no se sabe: no ha llegado nada",
    free: (free, total) => `${free} de ${total}`,
    room: "Libre en su disco",
    size: "Ocupa aquí",
    files: (n, size) => `${size} en ${n} ficheros`,
    rate: "Cada día",
    measured: "Medido",
    spooled: "Conversaciones por guardar",
    failures: (n) => (n === 1 ? "1 intento ha fallado desde el inicio" : `${n} intentos han fallado desde el inicio`),
    bucket: "Bucket",
    noBucket: "ninguno; todo queda aquí",
    waiting: (n) => (n === 0 ? "lo tiene todo" : n === 1 ? "1 fichero espera al bucket" : `${n} ficheros esperan al bucket`),
    verified: "Comparado con lo guardado",
    never: "no desde el inicio; cada noche a las 3",
    damaged: (n) => (n === 1 ? "1 fichero está dañado o falta" : `${n} ficheros están dañados o faltan`),
    restore: "El registro los nombra; recupérelos de una copia.",
    key: "Clave del servidor",
    recovery: "La clave de recuperación sigue en esta máquina. Lleve el fichero recovery.key a un lugar seguro.",
    locked: "Falta la mitad secreta de la clave del servidor. Solo se puede escuchar con la clave de recuperación.",
    trouble: "No se puede guardar nada:",
  },
  ko: {
    title: "보관소",
    hint: "녹음과 메시지는 암호화되어 있습니다. 키의 보관과 교체는 docs/archive.md에 있습니다.",
    left: "남은 기간",
    days: (n) => `${n.toLocaleString("ko")}일`,
    years: "10년 넘게",
    keeping: "보관 기간과 법적 보존",
    unknown: "알 수 없음: 들어온 것이 없습니다",
    free: (free, total) => `${total} 중 ${free}`,
    room: "디스크 여유",
    size: "여기서 차지하는 양",
    files: (n, size) => `파일 ${n}개, ${size}`,
    rate: "하루",
    measured: "측정",
    spooled: "보관을 기다리는 통화",
    failures: (n) => `시작 후 실패 ${n}회`,
    bucket: "버킷",
    noBucket: "없음; 모두 여기에 있습니다",
    waiting: (n) => (n === 0 ? "모두 있습니다" : `파일 ${n}개가 버킷을 기다립니다`),
    verified: "보관된 것과 비교",
    never: "시작 후 아직 없음; 매일 밤 3시",
    damaged: (n) => `파일 ${n}개가 손상되었거나 없습니다`,
    restore: "로그에 이름이 있습니다. 백업에서 복구하십시오.",
    key: "서버 키",
    recovery: "복구 키가 아직 이 컴퓨터에 있습니다. recovery.key 파일을 안전한 곳으로 옮기십시오.",
    locked: "서버 키의 비밀 부분이 없습니다. 복구 키로만 들을 수 있습니다.",
    trouble: "아무것도 보관할 수 없습니다:",
  },
  ja: {
    title: "保管庫",
    hint: "録音と伝言は暗号化されています。鍵の保管と交換は docs/archive.md にあります。",
    left: "あと",
    days: (n) => `${n.toLocaleString("ja")}日`,
    years: "10年以上",
    keeping: "保管期間と法的保全",
    unknown: "不明：何も入っていません",
    free: (free, total) => `${total}のうち${free}`,
    room: "ディスクの空き",
    size: "ここでの使用量",
    files: (n, size) => `ファイル${n}個、${size}`,
    rate: "1日あたり",
    measured: "測定",
    spooled: "保管待ちの通話",
    failures: (n) => `起動後の失敗${n}回`,
    bucket: "バケット",
    noBucket: "なし。すべてここにあります",
    waiting: (n) => (n === 0 ? "すべてあります" : `ファイル${n}個がバケット待ちです`),
    verified: "保管時との照合",
    never: "起動後はまだ。毎晩3時",
    damaged: (n) => `ファイル${n}個が破損または欠落しています`,
    restore: "名前はログにあります。バックアップから戻してください。",
    key: "サーバーの鍵",
    recovery: "復旧用の鍵がまだこのマシンにあります。recovery.key を安全な場所へ移してください。",
    locked: "サーバーの鍵の秘密部分がありません。復旧用の鍵でしか聞けません。",
    trouble: "何も保管できません：",
  },
});

export const archiveTitle = own.title;

const every = 10_000;

/** sizeOf writes bytes with a unit, as 48.0 GB: units of 1000, as disks are sold. */
export function sizeOf(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  return `${step === 0 ? bytes : tenth(bytes / 1000 ** step)} ${units[step]}`;
}

export function ArchivePage({ me }: { me: Me }) {
  const { answer: page, error } = useAnswer<Archive>("/api/v1/archive", every);
  const alarms = page ? alarmsOf(page) : [];
  return (
    <>
      <Header me={me} />
      <main class="floor">
        <section aria-labelledby="archive-title">
          <h1 id="archive-title">{own.title}</h1>
          <p class="hint">{own.hint}</p>
          {error && (
            <p class="banner bad" role="alert">
              {error}
            </p>
          )}
          {alarms.map((text) => (
            <p key={text} class="banner bad long" role="alert">
              {text}
            </p>
          ))}
          {page && (
            <dl class="card archive">
              {rowsOf(page).map(([name, text]) => (
                <div key={name}>
                  <dt>{name}</dt>
                  <dd>{text}</dd>
                </div>
              ))}
            </dl>
          )}
          <p>
            <a href="/people#keeping-title">{own.keeping}</a>
          </p>
        </section>
      </main>
    </>
  );
}

/** alarmsOf are the sentences that somebody should act upon. */
function alarmsOf(page: Archive): string[] {
  const list: string[] = [];
  if (page.trouble) list.push(`${own.trouble} ${page.trouble}`);
  if (page.key_missing) list.push(own.locked);
  if (page.damaged + page.missing > 0) list.push(`${own.damaged(page.damaged + page.missing)}. ${own.restore}`);
  if (page.recovery_here) list.push(own.recovery);
  return list;
}

/** lastsFor tells days; of many, which a day or two of little use amount to, only that they are. */
function lastsFor(days: number | null): string {
  if (days === null) return own.unknown;
  return days > 3653 ? own.years : own.days(Math.floor(days));
}

function rowsOf(page: Archive): [string, string][] {
  const rows: [string, string][] = [];
  if (page.measured_at) {
    rows.push([own.left, lastsFor(page.days_left)]);
    rows.push([own.room, own.free(sizeOf(page.free), sizeOf(page.total))]);
    rows.push([own.size, own.files(page.files.toLocaleString(language), sizeOf(page.bytes))]);
    rows.push([own.rate, sizeOf(page.per_day)]);
    rows.push([own.measured, moment(page.measured_at)]);
  }
  rows.push([own.spooled, page.failures > 0 ? `${page.spooled}; ${own.failures(page.failures)}` : String(page.spooled)]);
  rows.push([own.bucket, page.bucket ? own.waiting(page.waiting) : own.noBucket]);
  rows.push([own.verified, page.verified_at ? moment(page.verified_at) : own.never]);
  rows.push([own.key, page.key]);
  return rows;
}
