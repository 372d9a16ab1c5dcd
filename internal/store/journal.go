package store

import (
	"unsafe"

	sqlite3 "modernc.org/sqlite/lib"
)

// Before a statement with a trigger runs, SQLite begins a savepoint of its own
// and copies every page that the statement changes, so that it can undo it if
// the trigger fails. For a statement that writes one row, of a table without
// foreign keys and triggers but ours, that costs a third of the whole: without
// our trigger SQLite would take none, because all that can fail comes before
// the first write. Our trigger comes after it. If it fails, which it does only
// when a key is NULL or the transaction is too large, the transaction is doomed
// instead (capture.doomed): what follows in it cannot be committed.

// usesJournal is the bit of Vdbe.usesStmtJournal in the flags that follow
// Vdbe.eVdbeState. TestStatementJournalIsWhereItIsExpected fails if they move.
const usesJournal = 1 << 5

// isExpired are the bits of Vdbe.expired in the same flags.
const isExpired = 1<<0 | 1<<1

func journalFlags(vdbe uintptr) *uint16 {
	return (*uint16)(pointer(vdbe + unsafe.Offsetof(sqlite3.TVdbe{}.FeVdbeState) + 1))
}

// spareJournal makes a statement run without a savepoint of its own, from its
// next run on, if it is one of those above.
func spareJournal(vdbe uintptr) {
	if flags := journalFlags(vdbe); *flags&usesJournal != 0 && writesOneRow(vdbe) {
		*flags &^= usesJournal
	}
}

// undoable reports whether SQLite undoes the statement that runs if it fails.
func undoable(vdbe uintptr) bool { return (*sqlite3.TVdbe)(pointer(vdbe)).FiStatement != 0 }

// writesOneRow reports whether a program is free of loops and calls exactly one
// other, which is that of a trigger of ours. It knows what INSERT of one row,
// and UPDATE and DELETE by a unique key, are made of; to anything else, such as
// foreign keys, RETURNING, REPLACE and UPSERT, it says no.
func writesOneRow(vdbe uintptr) bool {
	v := (*sqlite3.TVdbe)(pointer(vdbe))
	program := operations(v.FaOp, v.FnOp)
	if v.FpFrame != 0 { // a trigger runs, and what called it waits in the frame
		caller := (*sqlite3.TVdbeFrame)(pointer(v.FpFrame))
		if caller.FpParent != 0 {
			return false
		}
		program = operations(caller.FaOp, caller.FnOp)
	}
	programs := 0
	for _, o := range program {
		switch {
		case o.Fopcode == sqlite3.OP_Program:
			p := (*sqlite3.TSubProgram)(pointer(operand(&o)))
			if programs++; programs > 1 || !capturesOnly(operations(p.FaOp, p.FnOp)) {
				return false
			}
		case !straight[o.Fopcode]:
			return false
		}
	}
	return programs == 1
}

// capturesOnly reports whether a program does nothing but call one of our
// functions.
func capturesOnly(program []sqlite3.TVdbeOp) bool {
	calls := 0
	for _, o := range program {
		switch o.Fopcode {
		case sqlite3.OP_Function:
			call := (*sqlite3.Tsqlite3_context)(pointer(operand(&o)))
			fn := (*sqlite3.TFuncDef)(pointer(call.FpFunc)).FxSFunc
			ours := fn == address(sqlCaptureInsert) || fn == address(sqlCaptureUpdate) || fn == address(sqlCaptureDelete)
			if calls++; calls > 1 || !ours {
				return false
			}
		case sqlite3.OP_Init, sqlite3.OP_Integer, sqlite3.OP_Int64, sqlite3.OP_Param, sqlite3.OP_RealAffinity,
			sqlite3.OP_Copy, sqlite3.OP_SCopy, sqlite3.OP_If, sqlite3.OP_IfNot, sqlite3.OP_Goto, sqlite3.OP_Halt,
			sqlite3.OP_Noop, sqlite3.OP_Trace, sqlite3.OP_String8, sqlite3.OP_ReleaseReg:
		default:
			return false
		}
	}
	return calls == 1
}

func operations(p uintptr, n int32) []sqlite3.TVdbeOp {
	return unsafe.Slice((*sqlite3.TVdbeOp)(pointer(p)), n)
}

// operand is the fourth of an operation, as an address.
func operand(o *sqlite3.TVdbeOp) uintptr { return *(*uintptr)(unsafe.Pointer(&o.Fp4)) }

// straight are operations that neither loop nor call.
var straight = [256]bool{
	sqlite3.OP_Init: true, sqlite3.OP_Transaction: true, sqlite3.OP_TableLock: true, sqlite3.OP_Goto: true,
	sqlite3.OP_Halt: true, sqlite3.OP_HaltIfNull: true, sqlite3.OP_Noop: true, sqlite3.OP_ReleaseReg: true, sqlite3.OP_Once: true,

	sqlite3.OP_Integer: true, sqlite3.OP_Int64: true, sqlite3.OP_Real: true, sqlite3.OP_String: true, sqlite3.OP_String8: true,
	sqlite3.OP_Blob: true, sqlite3.OP_Null: true, sqlite3.OP_SoftNull: true, sqlite3.OP_Variable: true,
	sqlite3.OP_Move: true, sqlite3.OP_Copy: true, sqlite3.OP_SCopy: true, sqlite3.OP_IntCopy: true, sqlite3.OP_AddImm: true,

	sqlite3.OP_Add: true, sqlite3.OP_Subtract: true, sqlite3.OP_Multiply: true, sqlite3.OP_Divide: true, sqlite3.OP_Remainder: true,
	sqlite3.OP_Concat: true, sqlite3.OP_BitAnd: true, sqlite3.OP_BitOr: true, sqlite3.OP_BitNot: true,
	sqlite3.OP_ShiftLeft: true, sqlite3.OP_ShiftRight: true, sqlite3.OP_And: true, sqlite3.OP_Or: true, sqlite3.OP_Not: true,
	sqlite3.OP_Cast: true, sqlite3.OP_CollSeq: true, sqlite3.OP_Function: true, sqlite3.OP_PureFunc: true,
	sqlite3.OP_Eq: true, sqlite3.OP_Ne: true, sqlite3.OP_Lt: true, sqlite3.OP_Le: true, sqlite3.OP_Gt: true, sqlite3.OP_Ge: true,
	sqlite3.OP_ElseEq: true, sqlite3.OP_If: true, sqlite3.OP_IfNot: true, sqlite3.OP_IsNull: true, sqlite3.OP_NotNull: true,
	sqlite3.OP_IsTrue: true, sqlite3.OP_IsType: true, sqlite3.OP_MustBeInt: true,
	sqlite3.OP_Affinity: true, sqlite3.OP_RealAffinity: true, sqlite3.OP_TypeCheck: true, sqlite3.OP_MakeRecord: true,

	sqlite3.OP_OpenRead: true, sqlite3.OP_OpenWrite: true, sqlite3.OP_Close: true,
	sqlite3.OP_NotExists: true, sqlite3.OP_SeekRowid: true, sqlite3.OP_SeekGE: true, sqlite3.OP_IdxGT: true,
	sqlite3.OP_Found: true, sqlite3.OP_NotFound: true, sqlite3.OP_NoConflict: true, sqlite3.OP_IfNoHope: true,
	sqlite3.OP_DeferredSeek: true, sqlite3.OP_FinishSeek: true, sqlite3.OP_IdxRowid: true, sqlite3.OP_Rowid: true,
	sqlite3.OP_Column: true, sqlite3.OP_NewRowid: true,
	sqlite3.OP_Insert: true, sqlite3.OP_Delete: true, sqlite3.OP_IdxInsert: true, sqlite3.OP_IdxDelete: true,
}
