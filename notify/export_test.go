package notify

import "time"

// Hurry bounds a try and a lease, and shortens the pauses after failures, until it is
// undone.
func Hurry(try, until time.Duration) (undo func()) {
	was, wasLease, wasLook, wasPauses := oneTry, lease, look, pauses
	oneTry, lease, look, pauses = try, until, 20*time.Millisecond, nil
	for i := range wasPauses {
		pauses = append(pauses, time.Duration(i+1)*10*time.Millisecond)
	}
	return func() { oneTry, lease, look, pauses = was, wasLease, wasLook, wasPauses }
}
