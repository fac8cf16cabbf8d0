package settings

// What our processes print goes through `up` to files that are rotated by size,
// so that all together stay below LOG_SIZE. Only one process writes a file.
const (
	LogsAtOnce = 4 // serve, media, asterisk, postgres
	LogsKept   = 3 // rotated ones that are kept of each
)

// MinLogSize is the least LOG_SIZE: 1 MB for each file.
const MinLogSize = LogsAtOnce * (LogsKept + 2)

// LogFileSize is how many MB one file of one log may have: all files of all logs,
// and one more of each while it is rotated, are the setting.
func (s Settings) LogFileSize() int { return max(1, s.LogSize/MinLogSize) }
