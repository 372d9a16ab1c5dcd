package ledger

// Others stands for the targets of an app that are counted together, because
// there are too many.
const Others = "…"

// The spans that calls are counted by, in milliseconds. They are part of the
// vault's format.
const (
	Minute int64 = 60_000
	Day    int64 = 86_400_000
)

// bounds are what the ledger keeps. Sums by target have no end; what is older
// than the rest says is only in them.
type bounds struct {
	lines      int   // in full, of each class of each app
	allLines   int64 // of all apps
	lineDays   int64 // how long
	targets    int64 // of each app, by name
	allTargets int64 // of all apps
	minuteDays int64 // how long by the minute
	countDays  int64 // how long by the day
	minutes    int64 // rows
	days       int64 // rows
	cells      int   // in memory, between two writes
	fold       int64 // targets that are counted together at once when there are too many
	trimAfter  int   // new rows until the bounds are looked at again
	trimEvery  int64 // milliseconds until they are in any case
}

// usual is what the product keeps: about 20 MB at most, whatever apps do.
func usual() bounds {
	return bounds{
		lines: 500, allLines: 8_000, lineDays: 90,
		targets: 1_000, allTargets: 5_000,
		minuteDays: 2, countDays: 400, minutes: 20_000, days: 20_000,
		cells: 4_096, fold: 100, trimAfter: 1_000, trimEvery: 3_600_000,
	}
}

// begin is where the span that t is in begins.
func begin(t, span int64) int64 { return t - t%span }
