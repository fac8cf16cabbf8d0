package ivr

// drawWords are the words of a picture that are the program's, in the languages of the
// pages; in English they are as they stand in the code. Names, prompts and what a
// service answers are the house's, and stay as they are.
var drawWords = map[string]map[string]string{
	"es": {
		"The flow %s": "El flujo %s", "queue %s": "cola %s", "for %s, within %s": "para %s, en %s",
		"0 anywhere": "0 en cualquier punto", "third failure": "tercer fallo", "3 failures": "3 fallos",
		"say": "mensaje", "greeting": "saludo", "menu": "menú", "language": "idioma", "input": "entrada", "lookup": "consulta", "hours": "horario",
		"queue": "cola", "complaint": "queja", "callback": "devolución", "mailbox": "buzón", "transfer": "desvío", "end": "fin",
		"then": "después", "default": "otro valor", "failed": "falla", "timeout": "sin respuesta", "open": "abierto", "closed": "cerrado", "holiday": "festivo",
		"full": "llena", "nobody": "nadie", "too long": "demasiado larga",
	},
	"ko": {
		"The flow %s": "흐름 %s", "queue %s": "대기열 %s", "for %s, within %s": "담당 %s, %s 이내",
		"0 anywhere": "어디서나 0", "third failure": "세 번째 실패", "3 failures": "3회 실패",
		"say": "안내", "greeting": "인사말", "menu": "메뉴", "language": "언어", "input": "입력", "lookup": "조회", "hours": "시간",
		"queue": "대기열", "complaint": "불만", "callback": "콜백", "mailbox": "음성 사서함", "transfer": "연결", "end": "종료",
		"then": "다음", "default": "그 밖의 값", "failed": "실패", "timeout": "무응답", "open": "운영 중", "closed": "운영 종료", "holiday": "휴일",
		"full": "가득 참", "nobody": "상담원 없음", "too long": "너무 긺",
	},
	"ja": {
		"The flow %s": "フロー %s", "queue %s": "キュー %s", "for %s, within %s": "担当 %s、%s以内",
		"0 anywhere": "どこでも0", "third failure": "3回目の失敗", "3 failures": "失敗3回",
		"say": "案内", "greeting": "挨拶", "menu": "メニュー", "language": "言語", "input": "入力", "lookup": "照会", "hours": "時間帯",
		"queue": "キュー", "complaint": "苦情", "callback": "折り返し", "mailbox": "伝言", "transfer": "転送", "end": "終了",
		"then": "次へ", "default": "その他の値", "failed": "失敗", "timeout": "応答なし", "open": "受付中", "closed": "受付時間外", "holiday": "休日",
		"full": "満員", "nobody": "担当者なし", "too long": "長すぎ",
	},
}

// drawWord is a word of a picture in a language, or in English.
func drawWord(language, word string) string {
	if other, ok := drawWords[language][word]; ok {
		return other
	}
	return word
}
