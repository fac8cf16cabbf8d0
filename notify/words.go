package notify

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"presszero/report"
)

// words are those of mails in one language.
type words struct {
	subject map[string]string // by type of notice; %s is the queue
	house   string            // in place of a queue
	fields  map[string]string // names of members of the data; others stand for themselves
	limits  map[string]string // what a queue's limits are of
	more    string            // before a link

	day, total                                                      string
	queue, offered, answered, abandoned, rate, level, longest, open string
	chart                                                           string // what the picture shows
	none                                                            string // calls
}

// languages has English first, which is taken where a language is not known.
var languages = map[string]words{
	"en": {
		subject: map[string]string{
			report.NoticeCallEnded: "Call ended: %s", report.NoticeQueueLeft: "A caller left the line: %s",
			report.NoticeMessageLeft: "New message: %s", report.NoticeMessageOverdue: "Message overdue: %s",
			report.NoticeCallbackBroken: "A promised callback was not made in time: %s",
			report.NoticeLimitCrossed:   "Limit crossed: %s", report.NoticeLimitOver: "Limit no longer crossed: %s",
			report.NoticeWebhookDisabled: "A webhook was switched off", report.NoticeTest: "A test of Press Zero's mail",
		},
		house: "all queues", more: "See",
		fields: map[string]string{"queue": "Queue", "kind": "Kind", "due_at": "Due", "left_at": "Left", "seconds": "Seconds", "promised_from": "Promised from",
			"promised_until": "Promised until", "state": "State", "how": "Ended", "outcome": "Outcome", "agent": "Agent", "started_at": "Began",
			"queue_s": "Waited, seconds", "limit": "Limit", "value": "Now", "bound": "Bound", "text": "What", "address": "Address", "why": "Why", "worst": "At worst", "crossed": "Crossed", "over": "Over", "by": "Sent by", "at": "At"},
		limits: map[string]string{"longest_wait": "longest wait", "waiting": "callers waiting", "service_level": "service level", "message_overdue": "message overdue by", "nobody": "nobody signed in for", "callback_late": "callback late by"},
		day:    "Calls of %s", total: "All", queue: "Queue", offered: "Offered", answered: "Answered", abandoned: "Gave up", rate: "Gave up, %", level: "Service level, %",
		longest: "Longest wait", open: "Still open", chart: "Callers by half hour: blue came, orange gave up", none: "No calls came.",
	},
	"es": {
		subject: map[string]string{
			report.NoticeCallEnded: "Llamada terminada: %s", report.NoticeQueueLeft: "Una persona salió de la cola: %s",
			report.NoticeMessageLeft: "Mensaje nuevo: %s", report.NoticeMessageOverdue: "Mensaje fuera de plazo: %s",
			report.NoticeCallbackBroken: "No se devolvió a tiempo una llamada prometida: %s",
			report.NoticeLimitCrossed:   "Límite superado: %s", report.NoticeLimitOver: "Límite ya no superado: %s",
			report.NoticeWebhookDisabled: "Se ha desactivado un webhook", report.NoticeTest: "Prueba del correo de Press Zero",
		},
		house: "todas las colas", more: "Véase",
		fields: map[string]string{"queue": "Cola", "kind": "Tipo", "due_at": "Plazo", "left_at": "Dejado", "seconds": "Segundos", "promised_from": "Prometida desde",
			"promised_until": "Prometida hasta", "state": "Estado", "how": "Fin", "outcome": "Resultado", "agent": "Agente", "started_at": "Inicio",
			"queue_s": "Espera, segundos", "limit": "Límite", "value": "Ahora", "bound": "Umbral", "text": "Qué", "address": "Dirección", "why": "Por qué", "worst": "En el peor momento", "crossed": "Superado", "over": "Terminado", "by": "Enviado por", "at": "Hora"},
		limits: map[string]string{"longest_wait": "espera más larga", "waiting": "personas en espera", "service_level": "nivel de servicio", "message_overdue": "mensaje fuera de plazo desde hace", "nobody": "nadie conectado desde hace", "callback_late": "devolución con retraso de"},
		day:    "Llamadas del %s", total: "Todas", queue: "Cola", offered: "Entrantes", answered: "Atendidas", abandoned: "Abandonadas", rate: "Abandono, %", level: "Nivel de servicio, %",
		longest: "Espera más larga", open: "Aún abiertas", chart: "Personas por media hora: azul, llamaron; naranja, abandonaron", none: "No hubo llamadas.",
	},
	"ko": {
		subject: map[string]string{
			report.NoticeCallEnded: "통화 종료: %s", report.NoticeQueueLeft: "고객이 대기열을 떠남: %s",
			report.NoticeMessageLeft: "새 메시지: %s", report.NoticeMessageOverdue: "기한이 지난 메시지: %s",
			report.NoticeCallbackBroken: "약속한 시간에 콜백하지 못함: %s",
			report.NoticeLimitCrossed:   "한도 초과: %s", report.NoticeLimitOver: "한도 초과 해소: %s",
			report.NoticeWebhookDisabled: "웹훅이 꺼졌습니다", report.NoticeTest: "Press Zero 메일 시험",
		},
		house: "모든 대기열", more: "보기",
		fields: map[string]string{"queue": "대기열", "kind": "종류", "due_at": "기한", "left_at": "남긴 시각", "seconds": "초", "promised_from": "약속 시작",
			"promised_until": "약속 끝", "state": "상태", "how": "종료", "outcome": "결과", "agent": "상담원", "started_at": "시작",
			"queue_s": "대기, 초", "limit": "한도", "value": "현재", "bound": "기준", "text": "내용", "address": "주소", "why": "이유", "worst": "최악", "crossed": "초과 시각", "over": "해소 시각", "by": "보낸 사람", "at": "시각"},
		limits: map[string]string{"longest_wait": "최장 대기", "waiting": "대기 고객 수", "service_level": "서비스 수준", "message_overdue": "메시지 기한 초과", "nobody": "로그인한 상담원 없음", "callback_late": "콜백 지연"},
		day:    "%s 통화", total: "전체", queue: "대기열", offered: "인입", answered: "응답", abandoned: "포기", rate: "포기율, %", level: "서비스 수준, %",
		longest: "최장 대기", open: "진행 중", chart: "30분별 고객 수: 파랑 인입, 주황 포기", none: "통화가 없었습니다.",
	},
	"ja": {
		subject: map[string]string{
			report.NoticeCallEnded: "通話終了: %s", report.NoticeQueueLeft: "発信者が待ち行列を離れました: %s",
			report.NoticeMessageLeft: "新しいメッセージ: %s", report.NoticeMessageOverdue: "期限切れのメッセージ: %s",
			report.NoticeCallbackBroken: "約束した時間に折り返せませんでした: %s",
			report.NoticeLimitCrossed:   "しきい値超過: %s", report.NoticeLimitOver: "しきい値超過の解消: %s",
			report.NoticeWebhookDisabled: "Webhook が停止されました", report.NoticeTest: "Press Zero のメールのテスト",
		},
		house: "すべてのキュー", more: "詳細",
		fields: map[string]string{"queue": "キュー", "kind": "種類", "due_at": "期限", "left_at": "受付", "seconds": "秒", "promised_from": "約束の開始",
			"promised_until": "約束の終了", "state": "状態", "how": "終わり方", "outcome": "結果", "agent": "エージェント", "started_at": "開始",
			"queue_s": "待ち時間、秒", "limit": "しきい値", "value": "現在", "bound": "限度", "text": "内容", "address": "宛先", "why": "理由", "worst": "最悪値", "crossed": "超過", "over": "解消", "by": "送信者", "at": "時刻"},
		limits: map[string]string{"longest_wait": "最長待ち", "waiting": "待っている人数", "service_level": "サービスレベル", "message_overdue": "メッセージの期限超過", "nobody": "サインイン中の担当者なし", "callback_late": "折り返しの遅れ"},
		day:    "%s の通話", total: "全体", queue: "キュー", offered: "着信", answered: "応答", abandoned: "放棄", rate: "放棄率, %", level: "サービスレベル, %",
		longest: "最長待ち", open: "継続中", chart: "30分ごとの人数: 青は着信、橙は放棄", none: "着信はありませんでした。",
	},
}

// Languages are those in which mails are written.
func Languages() []string { return slices.Sorted(maps.Keys(languages)) }

func wordsOf(language string) words {
	if w, ok := languages[language]; ok {
		return w
	}
	return languages["en"]
}

// shown is the order of what stands first in a mail; the rest follows by name.
var shown = []string{"text", "queue", "limit", "value", "bound", "worst", "kind", "left_at", "due_at", "promised_from", "promised_until"}

// where is the page on which a reader goes on.
var where = map[string]string{
	report.NoticeMessageLeft: "/messages", report.NoticeMessageOverdue: "/messages", report.NoticeWebhookDisabled: "/notices", report.NoticeTest: "/notices",
}

// write writes a notice as a subject and a text. No number of a caller is in either:
// the data of notices have none.
func (m *Mailer) write(w words, n report.Notice) (subject, text string) {
	subject = w.subject[n.Type]
	queue := n.Queue
	if queue == "" {
		queue = w.house
	}
	if strings.Contains(subject, "%s") {
		subject = fmt.Sprintf(subject, queue)
	}
	data := map[string]any{}
	_ = json.Unmarshal(n.Data, &data) // without data the subject says what has happened
	if n.Type == report.NoticeLimitCrossed || n.Type == report.NoticeLimitOver {
		limitInWords(w, data)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", subject)
	line := func(name string, value any) {
		label := name
		if text, ok := w.fields[name]; ok {
			label = text
		}
		if value := m.value(value); value != "" {
			fmt.Fprintf(&b, "%s: %s\n", label, value)
		}
	}
	line("at", n.At.Format(time.RFC3339Nano))
	rest := slices.Sorted(maps.Keys(data))
	for _, name := range slices.Concat(shown, slices.DeleteFunc(rest, func(name string) bool { return slices.Contains(shown, name) })) {
		if value, ok := data[name]; ok {
			line(name, value)
		}
	}
	path, ok := where[n.Type]
	if !ok {
		path = "/supervisor"
	}
	if link := m.link(path); link != "" {
		fmt.Fprintf(&b, "\n%s: %s\n", w.more, link)
	}
	return subject, b.String()
}

// limitInWords writes a limit and its figures for people: seconds but for a count and a
// share.
func limitInWords(w words, data map[string]any) {
	kind, _ := data["limit"].(string)
	for _, name := range []string{"value", "bound", "worst"} {
		n, ok := data[name].(float64)
		switch {
		case !ok || kind == "waiting":
		case kind == "service_level":
			data[name] = percent(&n) + " %"
		default:
			data[name] = (time.Duration(n) * time.Second).String()
		}
	}
	if word, ok := w.limits[kind]; ok {
		data["limit"] = word
	}
}

// value writes a value for people: times in the house's zone, lists with commas.
func (m *Mailer) value(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		if at, err := time.Parse(time.RFC3339Nano, v); err == nil {
			return at.In(zone(m.cfg.Zone())).Format("2006-01-02 15:04:05 MST")
		}
		return oneLine(v)
	case []any:
		var all []string
		for _, one := range v {
			all = append(all, m.value(one))
		}
		return strings.Join(all, ", ")
	case map[string]any:
		text, _ := json.Marshal(v)
		return oneLine(string(text))
	}
	return fmt.Sprint(v)
}

// zone is the zone of this name; UTC if there is none.
func zone(name string) *time.Location {
	if l, err := time.LoadLocation(name); err == nil {
		return l
	}
	return time.UTC
}
