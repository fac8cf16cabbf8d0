// The facts of recordings in the story of a call, and the way to what was recorded.
import type { Fact } from "./api";
import { recordingHref, words } from "./recordingwords";
import { ownTexts } from "./texts";
import { duration } from "./time";

const own = ownTexts({
  en: {
    kinds: {
      "notice.played": "The caller was told of the recording",
      "consent.given": "The caller agreed to be recorded",
      "consent.refused": "The caller refused to be recorded",
      "recording.started": "The recording began",
      "recording.paused": "The recording paused",
      "recording.resumed": "The recording went on",
      "recording.failed": "The disk does not take the recording",
      "recording.recovered": "The disk takes the recording again",
      "recording.marked": "The agent marked this moment",
      "recording.stopped": "The recording ended",
      "recording.absent": "Not recorded",
      "recording.kept": "The recording is in the archive",
    } as Record<string, string>,
    ends: {
      end: "the talk is over",
      refused: "the caller refused",
      agent: "the agent wanted it so",
      failed: "it failed",
    } as Record<string, string>,
    resumes: {
      agent: "by the agent",
      limit: "the pause was as long as it may be",
      step: "the sensitive step is over",
    } as Record<string, string>,
    toEnd: "to its end",
    notToEnd: "not to its end",
    ofMark: (n: number) => `the word for mark ${n}`,
  },
  es: {
    kinds: {
      "notice.played": "Se avisó de la grabación",
      "consent.given": "Aceptó que se grabara",
      "consent.refused": "Rechazó que se grabara",
      "recording.started": "Empezó la grabación",
      "recording.paused": "Grabación en pausa",
      "recording.resumed": "La grabación siguió",
      "recording.failed": "El disco no admite la grabación",
      "recording.recovered": "El disco vuelve a admitir la grabación",
      "recording.marked": "El agente marcó este momento",
      "recording.stopped": "Terminó la grabación",
      "recording.absent": "Sin grabar",
      "recording.kept": "La grabación está en el archivo",
    },
    ends: {
      end: "terminó la conversación",
      refused: "la persona lo rechazó",
      agent: "lo quiso el agente",
      failed: "falló",
    },
    resumes: {
      agent: "por el agente",
      limit: "la pausa llegó a su máximo",
      step: "terminó el paso delicado",
    },
    toEnd: "hasta el final",
    notToEnd: "no hasta el final",
    ofMark: (n) => `la palabra de la marca ${n}`,
  },
  ko: {
    kinds: {
      "notice.played": "고객에게 녹음을 안내함",
      "consent.given": "고객이 녹음에 동의함",
      "consent.refused": "고객이 녹음을 거부함",
      "recording.started": "녹음 시작",
      "recording.paused": "녹음 일시 중지",
      "recording.resumed": "녹음 재개",
      "recording.failed": "디스크에 녹음을 쓸 수 없음",
      "recording.recovered": "디스크에 녹음을 다시 씀",
      "recording.marked": "상담원이 이 순간을 표시함",
      "recording.stopped": "녹음 끝",
      "recording.absent": "녹음 없음",
      "recording.kept": "녹음이 보관소에 있음",
    },
    ends: {
      end: "통화가 끝남",
      refused: "고객이 거부함",
      agent: "상담원이 원함",
      failed: "실패함",
    },
    resumes: {
      agent: "상담원이",
      limit: "중지 시간이 최대에 이름",
      step: "민감한 단계가 끝남",
    },
    toEnd: "끝까지",
    notToEnd: "끝까지는 아님",
    ofMark: (n) => `표시 ${n}의 설명`,
  },
  ja: {
    kinds: {
      "notice.played": "録音の案内が流れた",
      "consent.given": "お客様が録音に同意",
      "consent.refused": "お客様が録音を拒否",
      "recording.started": "録音を開始",
      "recording.paused": "録音を一時停止",
      "recording.resumed": "録音を再開",
      "recording.failed": "ディスクに録音を書き込めない",
      "recording.recovered": "ディスクへの録音の書き込みを再開",
      "recording.marked": "担当者がこの瞬間に印を付けた",
      "recording.stopped": "録音を終了",
      "recording.absent": "録音なし",
      "recording.kept": "録音を保管庫に保存",
    },
    ends: {
      end: "通話が終わった",
      refused: "お客様が拒否",
      agent: "担当者の希望",
      failed: "失敗",
    },
    resumes: {
      agent: "担当者が",
      limit: "停止時間が上限に達した",
      step: "機微な手順が終わった",
    },
    toEnd: "最後まで",
    notToEnd: "最後までではない",
    ofMark: (n) => `印${n}の言葉`,
  },
});

/** recordingKinds are what these facts are called. */
export const recordingKinds = own.kinds;

type Data = Record<string, unknown>;
const text = (v: unknown) => (typeof v === "string" ? v : "");

/** isOfRecording: the fact is one of these. */
export function isOfRecording(kind: string): boolean {
  return kind in own.kinds;
}

/** recordingParts are a fact's details in words. */
export function recordingParts(kind: string, d: Data): string[] {
  const why = text(d.why);
  switch (kind) {
    case "notice.played":
      return [text(d.notice), text(d.language), d.to_end ? own.toEnd : own.notToEnd];
    case "consent.given":
    case "consent.refused":
      return [words.details[text(d.how)] ?? text(d.how)];
    case "recording.resumed":
      return [own.resumes[text(d.by)] ?? text(d.by)];
    case "recording.failed":
      return [];
    case "recording.marked":
      return [typeof d.of === "number" ? own.ofMark(d.of) : "", text(d.text)];
    case "recording.stopped":
      return [own.ends[why] ?? words.why[why] ?? why];
    case "recording.absent":
      return [text(d.agent), words.why[why] ?? why];
    case "recording.kept":
      return [typeof d.length_s === "number" ? duration(d.length_s * 1000) : ""];
  }
  return [text(d.agent), text(d.text), words.details[why] ?? why];
}

/** Open leads from the fact that a recording is kept to where it is heard. */
export function Open({ fact: h }: { fact: Fact }) {
  const id = h.kind === "recording.kept" ? text(((h.data ?? {}) as Data).recording) : "";
  return id ? <a href={recordingHref(id)}>{words.hear}</a> : null;
}
