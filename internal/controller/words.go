package controller

import (
	"fmt"
	"strings"
	"time"

	"presszero/call"
	"presszero/callqueue"
	"presszero/callqueue/estimate"
	spoken "presszero/ivr/say"
)

// lineWords are what the line says to those who wait, by language. A flow may
// word each of them anew, and an operator may record each, like any prompt.
var lineWords = map[string]map[string]string{
	"en": {
		"wait":         "You will probably wait %s.",
		"wait-within":  "You will probably wait less than %s.",
		"wait-over-30": "You will probably wait more than half an hour.",
		"wait-longer":  "I am sorry, it takes longer than I said.",
		"wait-next":    "You are next in line. A person will be with you in a moment.",

		"callback-offer":        "If you would rather be called back and keep your place in line, press 1.",
		"callback-number":       "We will call you back at",
		"callback-confirm":      "If that is right, press 1. For another number, press 2. For a later time, press 3. To go on waiting, press 0.",
		"callback-confirm-now":  "If that is right, press 1. For another number, press 2. To go on waiting, press 0.",
		"callback-enter":        "Please type the number, and then the hash key.",
		"callback-refused":      "We cannot call that number.",
		"callback-later":        "In one hour, press 1. In two hours, press 2. In four hours, press 3.",
		"callback-in":           "In %s, press %d.",
		"callback-next-opening": "We close before it would be your turn. To be called when we open again, press 1. To go on waiting, press 0.",
		"callback-quiet":        "At this time of day we do not call. To be called as soon as we may again, press 1. To go on waiting, press 0.",
		"callback-limit":        "We have called that number as often as we may for now. To be called as soon as we may again, press 1. To go on waiting, press 0.",
		"callback-promise":      "Your place in line is kept, and we will call you when it is your turn.",
		"callback-merged":       "You already have a place in line. It is kept, and we will call you when it is your turn.",
		"callback-stay":         "Thank you. Your place in line is unchanged.",
		"callback-press-1":      "Hello. You asked to be called back. To talk with a person now, press 1.",
		"callback-moment":       "One moment please, a person will be with you at once.",
		"callback-machine":      "You asked us to call you back. We will try again later.",
		"goodbye":               "Goodbye.",

		"promise-broken": "I am sorry, last time you waited longer than I had said.",

		"talk-lost":   "I am sorry, we have lost the person you were talking with. Please hold the line, they will be back in a moment.",
		"hold-choice": "You are still on hold. To be called back instead, press 1. To go back to the front of the line, press 0.",
		"hold-line":   "You are still on hold. To go back to the front of the line, press 0.",
	},
	"es": {
		"wait":         "Probablemente esperará %s.",
		"wait-within":  "Probablemente esperará menos de %s.",
		"wait-over-30": "Probablemente esperará más de media hora.",
		"wait-longer":  "Lo siento, va a tardar más de lo que dije.",
		"wait-next":    "Es su turno. Enseguida le atiende una persona.",

		"callback-offer":        "Si prefiere que le llamemos y conservar su turno, pulse 1.",
		"callback-number":       "Le llamaremos al",
		"callback-confirm":      "Si es correcto, pulse 1. Para otro número, pulse 2. Para más tarde, pulse 3. Para seguir esperando, pulse 0.",
		"callback-confirm-now":  "Si es correcto, pulse 1. Para otro número, pulse 2. Para seguir esperando, pulse 0.",
		"callback-enter":        "Marque el número y después la tecla almohadilla.",
		"callback-refused":      "No podemos llamar a ese número.",
		"callback-later":        "Dentro de una hora, pulse 1. Dentro de dos horas, pulse 2. Dentro de cuatro horas, pulse 3.",
		"callback-in":           "Dentro de %s, pulse %d.",
		"callback-next-opening": "Cerramos antes de que llegue su turno. Para que le llamemos cuando abramos, pulse 1. Para seguir esperando, pulse 0.",
		"callback-quiet":        "A esta hora ya no llamamos. Para que le llamemos en cuanto sea posible, pulse 1. Para seguir esperando, pulse 0.",
		"callback-limit":        "Ya hemos llamado a ese número tantas veces como podemos por ahora. Para que le llamemos en cuanto sea posible, pulse 1. Para seguir esperando, pulse 0.",
		"callback-promise":      "Conserva su turno, y le llamaremos cuando llegue.",
		"callback-merged":       "Ya tiene un turno. Lo conserva, y le llamaremos cuando llegue.",
		"callback-stay":         "Gracias. Su turno no ha cambiado.",
		"callback-press-1":      "Hola. Nos pidió que le llamáramos. Para hablar ahora con una persona, pulse 1.",
		"callback-moment":       "Un momento, por favor. Enseguida le atiende una persona.",
		"callback-machine":      "Nos pidió que le llamáramos. Volveremos a intentarlo más tarde.",
		"goodbye":               "Adiós.",

		"promise-broken": "Lo siento, la última vez esperó más de lo que le habíamos dicho.",

		"talk-lost":   "Lo siento, hemos perdido a la persona con la que hablaba. No cuelgue, vuelve en un momento.",
		"hold-choice": "Sigue en espera. Si prefiere que le llamemos, pulse 1. Para volver al principio de la cola, pulse 0.",
		"hold-line":   "Sigue en espera. Para volver al principio de la cola, pulse 0.",
	},
	"ko": {
		"wait":         "예상 대기 시간은 %s입니다.",
		"wait-within":  "예상 대기 시간은 %s 이내입니다.",
		"wait-over-30": "예상 대기 시간은 삼십 분 이상입니다.",
		"wait-longer":  "죄송합니다. 안내해 드린 것보다 더 걸립니다.",
		"wait-next":    "다음 순서입니다. 잠시 후 상담원이 연결됩니다.",

		"callback-offer":        "순서를 유지하고 전화를 받으시려면 1번을 눌러 주십시오.",
		"callback-number":       "전화드릴 번호는",
		"callback-confirm":      "맞으면 1번, 다른 번호는 2번, 나중에 받으시려면 3번, 계속 기다리시려면 0번을 눌러 주십시오.",
		"callback-confirm-now":  "맞으면 1번, 다른 번호는 2번, 계속 기다리시려면 0번을 눌러 주십시오.",
		"callback-enter":        "전화번호를 누르고 우물 정자를 눌러 주십시오.",
		"callback-refused":      "그 번호로는 전화드릴 수 없습니다.",
		"callback-later":        "한 시간 뒤는 1번, 두 시간 뒤는 2번, 네 시간 뒤는 3번을 눌러 주십시오.",
		"callback-in":           "%s 뒤는 %d번을 눌러 주십시오.",
		"callback-next-opening": "순서가 되기 전에 업무가 끝납니다. 다음 업무 시작 때 전화를 받으시려면 1번, 계속 기다리시려면 0번을 눌러 주십시오.",
		"callback-quiet":        "지금 시간에는 전화를 드리지 않습니다. 다시 전화드릴 수 있을 때 받으시려면 1번, 계속 기다리시려면 0번을 눌러 주십시오.",
		"callback-limit":        "그 번호로는 지금 더 이상 전화를 드릴 수 없습니다. 다시 전화드릴 수 있을 때 받으시려면 1번, 계속 기다리시려면 0번을 눌러 주십시오.",
		"callback-promise":      "순서는 유지되며, 차례가 되면 전화드리겠습니다.",
		"callback-merged":       "이미 순서가 있습니다. 순서는 유지되며, 차례가 되면 전화드리겠습니다.",
		"callback-stay":         "감사합니다. 순서는 그대로입니다.",
		"callback-press-1":      "안녕하십니까. 요청하신 전화입니다. 지금 상담원과 통화하시려면 1번을 눌러 주십시오.",
		"callback-moment":       "잠시만 기다려 주십시오. 곧 상담원이 연결됩니다.",
		"callback-machine":      "요청하신 전화입니다. 나중에 다시 전화드리겠습니다.",
		"goodbye":               "안녕히 계십시오.",

		"promise-broken": "죄송합니다. 지난번에는 안내해 드린 것보다 더 오래 기다리셨습니다.",

		"talk-lost":   "죄송합니다. 상담원과의 연결이 잠시 끊어졌습니다. 끊지 말고 기다려 주십시오. 곧 다시 연결됩니다.",
		"hold-choice": "아직 대기 중입니다. 나중에 전화를 받으시려면 1번, 대기열 맨 앞으로 돌아가시려면 0번을 눌러 주십시오.",
		"hold-line":   "아직 대기 중입니다. 대기열 맨 앞으로 돌아가시려면 0번을 눌러 주십시오.",
	},
	"ja": {
		"wait":         "待ち時間は、およそ%sです。",
		"wait-within":  "待ち時間は、%s以内の見込みです。",
		"wait-over-30": "待ち時間は、三十分以上の見込みです。",
		"wait-longer":  "申し訳ございません。ご案内より時間がかかっております。",
		"wait-next":    "次はお客様の順番です。まもなく担当者におつなぎします。",

		"callback-offer":        "順番をそのままに、折り返しの電話をご希望の方は、1を押してください。",
		"callback-number":       "おかけする番号は、",
		"callback-confirm":      "よろしければ1、別の番号は2、後ほどをご希望の方は3、このままお待ちになる方は0を押してください。",
		"callback-confirm-now":  "よろしければ1、別の番号は2、このままお待ちになる方は0を押してください。",
		"callback-enter":        "電話番号に続けて、シャープを押してください。",
		"callback-refused":      "その番号にはおかけできません。",
		"callback-later":        "一時間後は1、二時間後は2、四時間後は3を押してください。",
		"callback-in":           "%s後は%dを押してください。",
		"callback-next-opening": "順番の前に営業時間が終わります。次の営業開始時の電話をご希望の方は1、このままお待ちになる方は0を押してください。",
		"callback-quiet":        "この時間帯はお電話を差し上げておりません。おかけできる時間になり次第の電話をご希望の方は1、このままお待ちになる方は0を押してください。",
		"callback-limit":        "その番号には今のところこれ以上お電話できません。おかけできるようになり次第の電話をご希望の方は1、このままお待ちになる方は0を押してください。",
		"callback-promise":      "順番はそのままで、順番が来ましたらお電話いたします。",
		"callback-merged":       "すでに順番をお取りしています。順番が来ましたらお電話いたします。",
		"callback-stay":         "ありがとうございます。順番は変わりません。",
		"callback-press-1":      "折り返しのお電話です。担当者とお話しになる方は、1を押してください。",
		"callback-moment":       "少々お待ちください。すぐに担当者におつなぎします。",
		"callback-machine":      "折り返しのお電話でした。後ほどまたおかけします。",
		"goodbye":               "失礼いたします。",

		"promise-broken": "申し訳ございません。前回はご案内した時間より長くお待たせいたしました。",

		"talk-lost":   "申し訳ございません。担当者との通話が途切れました。そのままお待ちください。すぐに戻ります。",
		"hold-choice": "保留中です。こちらからおかけ直しする場合は1を、列の先頭に戻る場合は0を押してください。",
		"hold-line":   "保留中です。列の先頭に戻る場合は0を押してください。",
	},
}

// laterWords returns the texts of the times at which callers of a queue may
// choose to be called, by the names that a Play uses.
func laterWords(language, own string, later []time.Duration) map[string]string {
	base, words, prefix := wordsIn(language, own)
	texts := map[string]string{}
	for i, d := range later {
		texts[call.Prompt(prefix, callqueue.LaterPrompt(d, i+1))] = fmt.Sprintf(words["callback-in"], spoken.Wait(base, d), i+1)
	}
	return texts
}

// wordsIn returns our words in a language, or in English; base is the language
// that they are in, and prefix what a Play puts before their names.
func wordsIn(language, own string) (base string, words map[string]string, prefix string) {
	base, _, _ = strings.Cut(strings.ToLower(language), "-")
	words, ok := lineWords[base]
	if !ok {
		base, words = "en", lineWords["en"]
	}
	if language != own {
		prefix = language
	}
	return base, words, prefix
}

// wordsOfLine returns the texts of all that the line may say in a language, by
// the names that a Play uses. A language that is not known here is English.
func wordsOfLine(language, own string) map[string]string {
	base, words, prefix := wordsIn(language, own)
	texts := map[string]string{}
	for _, name := range callqueue.Prompts() {
		if text, ok := words[name]; ok {
			texts[call.Prompt(prefix, name)] = text
		}
	}
	for d := range 10 {
		texts[call.Prompt(prefix, fmt.Sprintf("digit-%d", d))] = spoken.Digits(base, fmt.Sprint(d))
	}
	minutes := func(n int) time.Duration { return time.Duration(n) * time.Minute }
	for _, p := range estimate.Phrases() {
		switch {
		case p.High == 0: // has words of its own
		case p.Low == 0:
			texts[call.Prompt(prefix, p.Name)] = fmt.Sprintf(words["wait-within"], spoken.Wait(base, minutes(p.High)))
		default:
			texts[call.Prompt(prefix, p.Name)] = fmt.Sprintf(words["wait"], spoken.Range(base, minutes(p.Low), minutes(p.High)))
		}
	}
	return texts
}
