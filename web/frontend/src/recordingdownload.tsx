// A recording is given away as a file, with a reason.
import { query } from "./api";
import { ownTexts } from "./texts";

const own = ownTexts({
  en: {
    download: "Download",
    why: "Why it is downloaded: who asked, and the matter",
  },
  es: {
    download: "Descargar",
    why: "Por qué se descarga: quién lo pide y el asunto",
  },
  ko: {
    download: "내려받기",
    why: "내려받는 이유: 요청한 사람과 용건",
  },
  ja: {
    download: "ダウンロード",
    why: "ダウンロードの理由（依頼者と用件）",
  },
});

/** Download gives the file away, with a reason. */
export function Download({ path }: { path: string }) {
  return (
    <form
      class="row"
      onSubmit={(e) => {
        e.preventDefault();
        const why = String(new FormData(e.currentTarget).get("why") ?? "").trim();
        const a = document.createElement("a");
        a.href = `${path}/download?${query({ why })}`;
        a.download = "";
        a.click();
        e.currentTarget.reset();
      }}
    >
      <label>
        {own.why}
        <input name="why" required maxLength={1000} />
      </label>
      <button type="submit">{own.download}</button>
    </form>
  );
}
