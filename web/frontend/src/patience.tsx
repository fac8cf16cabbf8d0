// How long callers are willing to wait: the Kaplan–Meier curve, when they give up,
// and what becomes of them as they wait.
import { query, type Answer } from "./api";
import { useAnswer } from "./ask";
import { Figure } from "./figure";
import { asked, every, type View } from "./history";
import { opened } from "./kinds";
import { Tile } from "./numbers";
import { length } from "./parts";
import { Plot } from "./plot";
import { locale, ownTexts, t } from "./texts";
import { duration, percent, whole } from "./time";

const own = ownTexts({
  en: {
    nobody: "Nobody has waited in these days.",
    curve: "Who would still wait, after so long",
    curveHint:
      "Kaplan–Meier: of 100 callers, how many would still be waiting if nobody were answered, with the band in which the truth lies in 95 of 100 cases. Who is answered or leaves otherwise counts until then. The dotted lines are where waits were announced. The curve ends where fewer than 30 callers are left.",
    still: "still wait",
    risk: "callers left",
    low: "from",
    high: "to",
    at: "Waited",
    hazard: "When callers give up",
    hazardHint: "Callers who give up in each minute of waiting, for each who waits. A peak at a dotted line says that an announcement drives callers away.",
    rate: "give up in a minute",
    perMinute: "per minute waited",
    stretch: "From – to",
    seconds: "Seconds waited, of all",
    became: "What has become of callers, after so long",
    callback: "Chose a callback",
    median: "Half would wait",
    notReached: "not reached",
    mean: "Patience, on average",
    gaveUp: "Gave up",
  },
  es: {
    nobody: "En estos días no esperó nadie.",
    curve: "Quién seguiría esperando, pasado un tiempo",
    curveHint:
      "Kaplan–Meier: de cada 100, cuántos seguirían esperando si no se contestara a nadie, con la banda en que está la verdad en 95 de 100 casos. Quien es atendido o se va de otro modo cuenta hasta entonces. Las líneas de puntos son donde se anunciaron esperas. La curva acaba donde quedan menos de 30.",
    still: "siguen esperando",
    risk: "quedan",
    low: "de",
    high: "a",
    at: "Espera",
    hazard: "Cuándo desisten",
    hazardHint: "Cuántos desisten por cada minuto de espera de cada uno. Un pico en una línea de puntos dice que un anuncio ahuyenta.",
    rate: "desisten por minuto",
    perMinute: "por minuto de espera",
    stretch: "De – a",
    seconds: "Segundos esperados, de todos",
    became: "Qué fue de quienes llamaban, pasado un tiempo",
    callback: "Eligieron que les llamen",
    median: "La mitad esperaría",
    notReached: "no se alcanza",
    mean: "Paciencia, de media",
    gaveUp: "Desistieron",
  },
  ko: {
    nobody: "이 기간에는 기다린 고객이 없습니다.",
    curve: "시간이 지나도 계속 기다릴 고객",
    curveHint:
      "카플란-마이어: 아무도 응답받지 못한다면 100명 중 몇 명이 아직 기다릴지와, 100번 중 95번은 참값이 들어 있는 범위입니다. 응답받거나 다르게 떠난 고객은 그때까지 셉니다. 점선은 대기 시간을 안내한 때입니다. 남은 고객이 30명보다 적으면 곡선이 끝납니다.",
    still: "계속 기다림",
    risk: "남은 고객",
    low: "하한",
    high: "상한",
    at: "대기",
    hazard: "포기하는 때",
    hazardHint: "기다린 1분마다 포기하는 비율입니다. 점선에서 솟아 있으면 안내가 고객을 떠나게 한 것입니다.",
    rate: "1분에 포기",
    perMinute: "대기 1분당",
    stretch: "구간",
    seconds: "전체 대기 초",
    became: "시간이 지난 뒤 고객의 결과",
    callback: "콜백 선택",
    median: "절반이 기다릴 시간",
    notReached: "도달하지 않음",
    mean: "평균 인내심",
    gaveUp: "포기",
  },
  ja: {
    nobody: "この期間に待った人はいません。",
    curve: "時間がたっても待ち続ける人",
    curveHint:
      "カプラン・マイヤー：誰も応答されないとしたら100人中何人がまだ待つか、そして100回中95回は真の値が入る範囲です。応答された人やほかの形で離れた人は、その時まで数えます。点線は待ち時間を案内した時です。残りが30人より少なくなると曲線は終わります。",
    still: "まだ待つ",
    risk: "残りの人数",
    low: "下限",
    high: "上限",
    at: "待ち時間",
    hazard: "あきらめる時",
    hazardHint: "待ち1分あたりにあきらめる割合です。点線の所に山があれば、案内がお客様を去らせています。",
    rate: "1分に放棄",
    perMinute: "待ち1分あたり",
    stretch: "区間",
    seconds: "全員の待ち秒数",
    became: "時間がたった後のお客様",
    callback: "折り返しを選択",
    median: "半数が待つ時間",
    notReached: "達しない",
    mean: "平均の我慢",
    gaveUp: "放棄",
  },
});

type Known = Answer<"/api/v1/reports/patience">;

export function Patience(v: View) {
  const path = `/api/v1/reports/patience?${query(asked(v))}`;
  const { answer, error } = useAnswer<Known>(path, every(v));
  if (error) return <p class="banner bad">{error}</p>;
  if (!answer) return null;
  if (answer.visits === 0) return <p class="card empty">{own.nobody}</p>;
  const marks = announced(answer.told);
  const open = (kind: string) => v.place.href(opened({ kind, ...(v.queue ? { queue: v.queue } : {}) }));
  return (
    <section aria-label={own.curve}>
      <div class="tiles">
        <Tile label={t.offered} value={whole(answer.visits)} before={null} href={open("offered")} />
        <Tile label={own.gaveUp} value={whole(answer.abandoned)} before={null} href={open("abandoned")} />
        <Tile label={own.mean} value={length(answer.mean_s)} before={null} />
        <Tile label={own.median} value={answer.median_s === null ? own.notReached : length(answer.median_s)} before={null} />
      </div>
      <Curve v={v} a={answer} path={path} marks={marks} />
      <Hazard v={v} a={answer} path={path} marks={marks} />
      <Incidence v={v} a={answer} path={path} marks={marks} />
    </section>
  );
}

const rare = 0.1;

/** announced are the times at which waits were told to many: seldom ones would only cover the curve with lines. */
export function announced(told: Known["told"]): number[] {
  const most = Math.max(0, ...told.map((x) => x.calls));
  return told.filter((x) => x.calls >= rare * most && x.calls > 0).map((x) => x.from_s);
}

interface Drawn {
  v: View;
  a: Known;
  path: string;
  marks: number[];
}

const at = (s: number) => duration(s * 1000);
const thousandths = new Intl.NumberFormat(locale, { minimumFractionDigits: 3, maximumFractionDigits: 3 });

function Curve({ v, a, path, marks }: Drawn) {
  const rows = [{ at_s: 0, share: 1, low: 1, high: 1, at_risk: a.visits }, ...a.rows];
  return (
    <Figure
      id="curve"
      title={own.curve}
      place={v.place}
      files={path}
      hint={own.curveHint}
      chart={
        <Plot
          label={own.curve}
          x={rows.map((r) => r.at_s)}
          xName={at}
          marks={marks}
          series={[
            {
              name: own.still,
              colour: "main",
              as: "step",
              share: true,
              values: rows.map((r) => r.share),
              low: rows.map((r) => r.low),
              high: rows.map((r) => r.high),
            },
          ]}
        />
      }
      table={
        <table>
          <thead>
            <tr>
              <th>{own.at}</th>
              <th class="num">{own.still}</th>
              <th class="num">{own.low}</th>
              <th class="num">{own.high}</th>
              <th class="num">{own.risk}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.at_s}>
                <th scope="row">{at(r.at_s)}</th>
                <td class="num">{percent(r.share)}</td>
                <td class="num">{percent(r.low)}</td>
                <td class="num">{percent(r.high)}</td>
                <td class="num">{r.at_risk}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}

function Hazard({ v, a, path, marks }: Drawn) {
  if (a.hazard.length === 0) return null;
  const last = a.hazard[a.hazard.length - 1]!;
  return (
    <Figure
      id="hazard"
      title={own.hazard}
      place={v.place}
      files={path}
      hint={own.hazardHint}
      chart={
        <Plot
          label={own.hazard}
          x={[...a.hazard.map((b) => b.from_s), last.to_s]}
          xName={at}
          marks={marks}
          unit={own.perMinute}
          free
          series={[{ name: own.rate, colour: "gave-up", as: "step", values: [...a.hazard.map((b) => b.per_minute), last.per_minute] }]}
        />
      }
      table={
        <table>
          <thead>
            <tr>
              <th>{own.stretch}</th>
              <th class="num">{t.gaveUp}</th>
              <th class="num">{own.seconds}</th>
              <th class="num">{own.perMinute}</th>
            </tr>
          </thead>
          <tbody>
            {a.hazard.map((b) => (
              <tr key={b.from_s}>
                <th scope="row">
                  {at(b.from_s)} – {at(b.to_s)}
                </th>
                <td class="num">{b.abandoned}</td>
                <td class="num">{Math.round(b.risk_s)}</td>
                <td class="num">{b.per_minute === null ? "–" : thousandths.format(b.per_minute)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}

function Incidence({ v, a, path, marks }: Drawn) {
  const lines = [
    ["answered", t.answered, "second"],
    ["abandoned", own.gaveUp, "gave-up"],
    ["callback", own.callback, "before"],
    ["other", t.other, "rest"],
  ] as const;
  const rows = [{ at_s: 0, answered: 0, abandoned: 0, callback: 0, other: 0 }, ...a.incidence];
  return (
    <Figure
      id="became"
      title={own.became}
      place={v.place}
      files={path}
      chart={
        <Plot
          label={own.became}
          x={rows.map((r) => r.at_s)}
          xName={at}
          marks={marks}
          series={lines.map(([name, word, colour]) => ({ name: word, colour, as: "step", share: true, values: rows.map((r) => r[name]) }))}
        />
      }
      table={
        <table>
          <thead>
            <tr>
              <th>{own.at}</th>
              {lines.map(([name, word]) => (
                <th class="num" key={name}>
                  {word}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((r) => (
              <tr key={r.at_s}>
                <th scope="row">{at(r.at_s)}</th>
                {lines.map(([name]) => (
                  <td class="num" key={name}>
                    {percent(r[name])}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      }
    />
  );
}
