// Package report is the vocabulary of reports: the rows that the database tells and
// the pages and the API show. sql fills these types and web serves them as they are,
// so each fact, rate and column has one name and one definition, and it is here.
//
//	sql  ── fills ──>  Tally Call Fact TalkQuality CallCounts MenuCounts MenuNode WaitAccuracy
//	                   WaitFigures LongWait Talks Handovers Consults HoldFigures Caller
//	compare.go     a span beside others, by queue, half hour, weekday
//	spread.go      how waits are spread; the line on the basis of ends; told against waited
//	figures.go     what a source of such reports can tell
