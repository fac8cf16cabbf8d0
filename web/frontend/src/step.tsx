// The caller types a card number, or something like it, in the menus and comes back: the
// agent's button, and what she is told of it.
import { Act } from "./keyboard";
import type { Talk } from "./line";
import type { Phone } from "./phone";
import { ownTexts } from "./texts";

const own = ownTexts({
  en: {
    act: "Have the caller type it by keys",
    on: "The caller is typing, unheard by you and the recording, and comes back by itself.",
    done: "The caller has typed it and is back.",
    not: "The caller is back and has not typed it to the end.",
  },
  es: {
    act: "Que lo teclee quien llama",
    on: "Quien llama está tecleando, sin que le oigan usted ni la grabación, y volverá por sí solo.",
    done: "Quien llama lo ha tecleado y ha vuelto.",
    not: "Quien llama ha vuelto sin terminar de teclearlo.",
  },
  ko: {
    act: "고객이 키로 입력하게 하기",
    on: "고객이 입력 중입니다. 상담원과 녹음에는 들리지 않으며, 끝나면 자동으로 돌아옵니다.",
    done: "고객이 입력을 마치고 돌아왔습니다.",
    not: "고객이 입력을 마치지 않고 돌아왔습니다.",
  },
  ja: {
    act: "お客様にキーで入力してもらう",
    on: "お客様が入力中です。あなたにも録音にも聞こえません。終わると自動で戻ります。",
    done: "お客様が入力を終えて戻りました。",
    not: "お客様が入力を終えずに戻りました。",
  },
});

/** StepAct is the button. */
export function StepAct({ phone }: { phone: Phone }) {
  return (
    <Act letter="Y" class="big" act={() => phone.step()}>
      {own.act}
    </Act>
  );
}

/** Step says that the caller is away to type something, or is back. It is there all the time, so that it is read out. */
export function Step({ talk: { step, stepped } }: { talk: Talk }) {
  const text = step ? own.on : stepped ? (stepped === "done" ? own.done : own.not) : "";
  return (
    <p class={text ? "banner" : "hidden"} role="status">
      {text}
    </p>
  );
}
