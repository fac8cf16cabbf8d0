package ivr

import (
	"fmt"
	"maps"
	"strings"

	"presszero/call"
)

// Prompts that are needed whatever a flow says; a flow may word them anew.
const (
	NotUnderstood = "not-understood" // after typing or a key that has no name
	Apology       = "fallback"       // said by Asterisk alone while the controller is away
	Beep          = "beep"           // the mailbox records from here
	MessageKept   = "message-kept"   // after a message, before goodbye
	NothingHeard  = "nothing-heard"  // a message without words
	Stopping      = "stopping"       // everything is stopped by the operator

	// Why a queue sends a caller on to a node that says nothing itself.
	SentFull   = "sent-full"
	SentClosed = "sent-closed"
	SentNobody = "sent-nobody"
	SentLong   = "sent-too-long"
)

// wrong names the prompt that tells which key was not understood.
func wrong(key string) string {
	switch key {
	case "*":
		return "wrong-star"
	case "#":
		return "wrong-hash"
	}
	if len(key) == 1 && key >= "1" && key <= "9" {
		return "wrong-" + key
	}
	return NotUnderstood
}

// en is the language in which builtinPrompts has every prompt.
const en = "en"

// builtinPrompts are the words of these prompts in the languages that we speak.
// "core:NAME" is one of Asterisk's recorded sounds.
var builtinPrompts = withWrongKeys(map[string]map[string]string{
	"en": {
		NotUnderstood: "core:please-try-again",
		Apology: "We are sorry. Something on our side is not working at the moment. " +
			"Please stay on the line, you will be helped.",
		Stopping:     "We are sorry, we have to end this call now. Please call us again later. Goodbye.",
		Beep:         "core:beep",
		MessageKept:  "Thank you. Your message is kept, and somebody will answer it. Goodbye.",
		NothingHeard: "We could not hear anything.",
		"wrong-star": "The star key is not one of the choices.",
		"wrong-hash": "The hash key is not one of the choices.",
		SentFull:     "The line is full at the moment.",
		SentClosed:   "We are closed at the moment.",
		SentNobody:   "There is nobody here at the moment who could take your call.",
		SentLong:     "We are sorry that you had to wait so long.",
	},
	"ko": {
		NotUnderstood: "입력을 이해하지 못했습니다.",
		Apology:       "죄송합니다. 지금 저희 쪽에 문제가 있습니다. 끊지 말고 기다려 주시면 도와 드리겠습니다.",
		Stopping:      "죄송합니다. 지금 통화를 끝내야 합니다. 나중에 다시 전화해 주십시오.",
		Beep:          "core:beep",
		MessageKept:   "감사합니다. 메시지가 저장되었으며 담당자가 답변드리겠습니다. 안녕히 계십시오.",
		NothingHeard:  "아무 소리도 들리지 않았습니다.",
		"wrong-star":  "별표는 선택할 수 없는 번호입니다.",
		"wrong-hash":  "우물 정자는 선택할 수 없는 번호입니다.",
		SentFull:      "지금은 대기하시는 분이 많아 더 이상 연결해 드릴 수 없습니다.",
		SentClosed:    "지금은 업무 시간이 아닙니다.",
		SentNobody:    "지금은 전화를 받을 수 있는 상담원이 없습니다.",
		SentLong:      "오래 기다리시게 해서 죄송합니다.",
	},
	"ja": {
		NotUnderstood: "入力を確認できませんでした。",
		Apology:       "申し訳ございません。ただいま当方に不具合が生じております。そのままお待ちください。係の者がお手伝いいたします。",
		Stopping:      "申し訳ございません。ただいま通話を終了いたします。後ほどおかけ直しください。",
		Beep:          "core:beep",
		MessageKept:   "ありがとうございました。メッセージをお預かりしました。担当者からお返事いたします。失礼いたします。",
		NothingHeard:  "お声が聞き取れませんでした。",
		"wrong-star":  "米印は選択肢にございません。",
		"wrong-hash":  "シャープは選択肢にございません。",
		SentFull:      "ただいま大変混み合っており、お待ちいただけません。",
		SentClosed:    "ただいまは営業時間外です。",
		SentNobody:    "ただいま電話に出られる者がおりません。",
		SentLong:      "長らくお待たせして申し訳ございません。",
	},
	"es": {
		NotUnderstood: "No hemos entendido su respuesta.",
		Apology:       "Lo sentimos. En este momento tenemos un problema. No cuelgue, por favor; le atenderemos.",
		Stopping:      "Lo sentimos, tenemos que terminar esta llamada. Vuelva a llamarnos más tarde, por favor. Adiós.",
		Beep:          "core:beep",
		MessageKept:   "Gracias. Su mensaje ha quedado guardado y alguien le responderá. Adiós.",
		NothingHeard:  "No hemos oído nada.",
		"wrong-star":  "La tecla asterisco no es una de las opciones.",
		"wrong-hash":  "La tecla almohadilla no es una de las opciones.",
		SentFull:      "En este momento la línea está completa.",
		SentClosed:    "En este momento estamos cerrados.",
		SentNobody:    "En este momento no hay nadie que pueda atenderle.",
		SentLong:      "Sentimos que haya tenido que esperar tanto.",
	},
	"de": {
		NotUnderstood: "Das haben wir nicht verstanden.",
		Apology:       "Es tut uns leid. Bei uns gibt es gerade eine Störung. Bitte bleiben Sie am Apparat, Ihnen wird geholfen.",
		Stopping:      "Es tut uns leid, wir müssen dieses Gespräch jetzt beenden. Bitte rufen Sie später wieder an. Auf Wiederhören.",
		Beep:          "core:beep",
		MessageKept:   "Danke. Ihre Nachricht ist gespeichert, und jemand wird sie beantworten. Auf Wiederhören.",
		NothingHeard:  "Wir haben nichts gehört.",
		"wrong-star":  "Die Sterntaste steht nicht zur Wahl.",
		"wrong-hash":  "Die Rautetaste steht nicht zur Wahl.",
		SentFull:      "Die Warteschlange ist im Moment voll.",
		SentClosed:    "Wir haben im Moment geschlossen.",
		SentNobody:    "Im Moment ist niemand da, der Ihren Anruf annehmen könnte.",
		SentLong:      "Es tut uns leid, dass Sie so lange warten mussten.",
	},
	"pt": {
		NotUnderstood: "Não entendemos a sua resposta.",
		Apology:       "Pedimos desculpa. Neste momento temos um problema. Não desligue, por favor; será atendido.",
		Stopping:      "Pedimos desculpa, temos de terminar esta chamada. Ligue-nos mais tarde, por favor. Até logo.",
		Beep:          "core:beep",
		MessageKept:   "Obrigado. A sua mensagem foi guardada e alguém lhe responderá. Até logo.",
		NothingHeard:  "Não ouvimos nada.",
		"wrong-star":  "A tecla asterisco não é uma das opções.",
		"wrong-hash":  "A tecla cardinal não é uma das opções.",
		SentFull:      "Neste momento a fila está cheia.",
		SentClosed:    "Neste momento estamos fechados.",
		SentNobody:    "Neste momento não há ninguém que possa atender a sua chamada.",
		SentLong:      "Pedimos desculpa por ter esperado tanto tempo.",
	},
})

// wrongKey is how each language says that a digit is not among the choices.
var wrongKey = map[string]string{
	"en": "%d is not one of the choices.",
	"ko": "%d번은 선택할 수 없는 번호입니다.",
	"ja": "%d番は選択肢にございません。",
	"es": "El %d no es una de las opciones.",
	"de": "Die %d steht nicht zur Wahl.",
	"pt": "O %d não é uma das opções.",
}

// withWrongKeys adds to each language the prompts that tell which digit was not
// understood.
func withWrongKeys(prompts map[string]map[string]string) map[string]map[string]string {
	for language, sentence := range wrongKey {
		for key := 1; key <= 9; key++ {
			prompts[language][fmt.Sprintf("wrong-%d", key)] = fmt.Sprintf(sentence, key)
		}
	}
	return prompts
}

// promptText returns the words of a prompt in a language, the flow's before ours.
func (f *Flow) promptText(language, name string) (string, bool) {
	if language == "" {
		language = f.Language
	}
	if t, ok := f.Prompts[name][language]; ok {
		return t, true
	}
	t, ok := builtinTexts(language)[name]
	return t, ok
}

// builtinTexts are our own prompts in a language, or in the one it is a form of.
func builtinTexts(language string) map[string]string {
	if texts, ok := builtinPrompts[language]; ok {
		return texts
	}
	base, _, _ := strings.Cut(language, "-")
	return builtinPrompts[base]
}

// sound is how a Play names a prompt in a language.
func (f *Flow) sound(language, name string) string {
	if language == f.Language {
		language = ""
	}
	return call.Prompt(language, name)
}

// Texts returns the words of every prompt that a call can need, by the names
// that a Play uses: "main", and "ko/main" for a language that is not the
// flow's. Texts with values in them are not among them: those are spoken when
// the values are known.
func (f *Flow) Texts() map[string]string {
	texts := map[string]string{}
	for _, language := range f.Languages {
		maps.Copy(texts, f.TextsIn(language))
	}
	return texts
}

// TextsIn returns those of one language, by the names that a Play uses.
func (f *Flow) TextsIn(language string) map[string]string {
	texts := map[string]string{}
	for name, text := range builtinTexts(language) {
		texts[f.sound(language, name)] = text
	}
	for name, in := range f.Prompts {
		text, ok := in[language]
		switch {
		case ok && !hasValues(text):
			texts[f.sound(language, name)] = text
		case ok:
			delete(texts, f.sound(language, name))
		}
	}
	return texts
}
