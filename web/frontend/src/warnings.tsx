// What an operator should look at although calls are taken: what it means, in the
// person's language, and folded in what the server's log says of it.
import type { Warning } from "./api";
import { ownTexts, t } from "./texts";

interface Words {
  operator: string;
  about: Record<Exclude<Warning["about"], "demo" | "outgoing">, string>; // the page says those itself
}

const own = ownTexts<Words>({
  en: {
    operator: "For the operator",
    about: {
      archive: "Recordings and messages are not kept as they should be.",
      certificate: "The certificate of these pages needs attention: browsers may refuse it.",
      database: "The reports are late. Nothing is lost: they catch up as soon as the database answers.",
      disk: "A disk is nearly full.",
      flow: "The flow file cannot be used as it is. Calls go by the last good one.",
      journal: "The disk for what happens in calls is full or has a fault. Calls go on.",
      messages: "Some voice messages could not be taken over yet.",
      numbers: "Callers dialled numbers that the flow does not name. A person answers them.",
      recording: "Some talks cannot be recorded at the moment. The talks go on.",
      secrets: "The server's secrets could not be read or saved.",
      sounds: "Some recorded sounds cannot be used. Callers hear the last good sound, or a spoken text.",
      trunk: "A trunk has a fault: some calls may not come in or go out.",
    },
  },
  es: {
    operator: "Para el operador (en inglés)",
    about: {
      archive: "Las grabaciones y los mensajes no se guardan como deberían.",
      certificate: "El certificado de estas páginas necesita atención: los navegadores pueden rechazarlo.",
      database: "Los informes van con retraso. No se pierde nada: se ponen al día en cuanto responda la base de datos.",
      disk: "Un disco está casi lleno.",
      flow: "El archivo del flujo no se puede usar como está. Las llamadas siguen el último correcto.",
      journal: "El disco donde se anota lo que pasa en las llamadas está lleno o falla. Las llamadas continúan.",
      messages: "Algunos mensajes de voz aún no se han podido recoger.",
      numbers: "Se marcaron números que el flujo no nombra. Atiende una persona.",
      recording: "Algunas conversaciones no se pueden grabar por ahora. Las conversaciones continúan.",
      secrets: "Los secretos del servidor no se pudieron leer o guardar.",
      sounds: "Algunos sonidos grabados no se pueden usar. Se oye el último correcto o un texto hablado.",
      trunk: "Una troncal tiene un fallo: puede que algunas llamadas no entren o no salgan.",
    },
  },
  ko: {
    operator: "운영자용 (영어)",
    about: {
      archive: "녹음과 음성 메시지가 제대로 보관되지 않고 있습니다.",
      certificate: "이 페이지의 인증서를 확인해야 합니다. 브라우저가 거부할 수 있습니다.",
      database: "보고서가 늦어지고 있습니다. 잃은 것은 없으며, 데이터베이스가 응답하면 따라잡습니다.",
      disk: "디스크가 거의 찼습니다.",
      flow: "흐름 파일을 지금 그대로는 쓸 수 없습니다. 통화는 마지막으로 올바른 흐름을 따릅니다.",
      journal: "통화 기록을 쓰는 디스크가 가득 찼거나 고장입니다. 통화는 계속됩니다.",
      messages: "아직 가져오지 못한 음성 메시지가 있습니다.",
      numbers: "흐름에 없는 번호로 걸려 온 전화가 있습니다. 사람이 받습니다.",
      recording: "지금 녹음할 수 없는 통화가 있습니다. 통화는 계속됩니다.",
      secrets: "서버의 비밀 값을 읽거나 저장하지 못했습니다.",
      sounds: "쓸 수 없는 녹음 안내가 있습니다. 고객은 마지막으로 올바른 소리나 합성 음성을 듣습니다.",
      trunk: "회선에 문제가 있습니다. 일부 통화가 들어오거나 나가지 못할 수 있습니다.",
    },
  },
  ja: {
    operator: "運用担当者向け（英語）",
    about: {
      archive: "録音とメッセージが正しく保管されていません。",
      certificate: "このページの証明書を確認してください。ブラウザーに拒否されることがあります。",
      database: "レポートが遅れています。失われたものはなく、データベースが応答すれば追いつきます。",
      disk: "ディスクの空きが残りわずかです。",
      flow: "フローファイルは今のままでは使えません。通話は最後の正しいフローに従います。",
      journal: "通話の記録を書くディスクがいっぱいか、故障しています。通話は続きます。",
      messages: "まだ取り込めていない音声メッセージがあります。",
      numbers: "フローにない番号への電話がありました。人が応答します。",
      recording: "今は録音できない通話があります。通話は続きます。",
      secrets: "サーバーの秘密の値を読み込みまたは保存できませんでした。",
      sounds: "使えない録音があります。お客様には最後の正しい音声か合成音声が流れます。",
      trunk: "回線に問題があります。一部の電話が着信または発信できないことがあります。",
    },
  },
});

/** Warnings shows each; what the page says of a demo itself is left out. */
export function Warnings({ list }: { list: Warning[] }) {
  return (
    <>
      {list
        .filter((w) => w.about !== "demo")
        .map((w, i) => (
          <div key={`${w.about} ${i}`} class="banner warn">
            <span role="alert">{w.about === "outgoing" ? t.outgoingOff : own.about[w.about as keyof Words["about"]]}</span>
            <details>
              <summary>{own.operator}</summary>
              <p lang="en">{w.text}</p>
            </details>
          </div>
        ))}
    </>
  );
}
