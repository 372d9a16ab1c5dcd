package store

import (
	"unsafe"

	sqlite3 "modernc.org/sqlite/lib"
)

// SQLite looks whether it was interrupted only where a program jumps back or to
// somewhere far, in operation Goto. An expression has no such jump: a statement
// that compares two long values ten thousand times would go on for minutes
// after its deadline. So the operations that take long for long values are
// moved to the end of a program that has many of them, each between a Goto in
// its old place and one that leads back. Every other address stays.
//
// Two of these operations look at the program around them. An aggregate step
// finds in the operation before it the collation to compare by and the register
// that says whether min() or max() has chosen this row; so do min(), max() and
// nullif() for their collation. And a function finds itself, to know whether it
// has to be pure, at the address that it was compiled with. So an OP_CollSeq
// goes along with what follows it, which does no harm twice, and a function gets
// its new address.

// Programs of fewer operations are left alone: they end soon, and SQLite may
// keep them in memory of another kind.
const (
	fewOperations = 64
	fewSlow       = 16
)

// breakable makes the statement end soon after it is interrupted, and its
// triggers as well. spare is memory that is freed after the statement: it may
// hold the registers behind the operations. The statement must not run after an
// error, which is SQLITE_NOMEM: nothing would end it.
func (h handle) breakable(vdbe uintptr) (spare uintptr, err error) {
	v := (*sqlite3.TVdbe)(pointer(vdbe))
	if v.FnOp > fewOperations {
		p, n, err := h.broken(v.FaOp, v.FnOp)
		if err != nil {
			return 0, err
		}
		if p != 0 {
			spare, v.FaOp, v.FnOp = v.FaOp, p, n
		}
	}
	for p := v.FpProgram; p != 0; {
		sub := (*sqlite3.TSubProgram)(pointer(p))
		if sub.FnOp > fewOperations {
			q, n, err := h.broken(sub.FaOp, sub.FnOp)
			if err != nil {
				return spare, err
			}
			if q != 0 {
				sqlite3.Xsqlite3_free(h.tls, sub.FaOp)
				sub.FaOp, sub.FnOp = q, n
			}
		}
		p = sub.FpNext
	}
	return spare, nil
}

// broken is a copy of a program with the slow operations at its end, or 0 if it
// has few of them.
func (h handle) broken(ops uintptr, n int32) (p uintptr, size int32, err error) {
	old := operations(ops, n)
	count, led := 0, 0
	for i := range old {
		if slow[old[i].Fopcode] {
			count++
			led += len(collation(old, i))
		}
	}
	if count <= fewSlow {
		return 0, 0, nil
	}
	size = n + int32(2*count+led)
	p = sqlite3.Xsqlite3_malloc64(h.tls, uint64(size)*uint64(unsafe.Sizeof(sqlite3.TVdbeOp{})))
	if p == 0 {
		return 0, 0, noMemory()
	}
	all := operations(p, size)
	copy(all, old)
	end := n
	for i := range n {
		if !slow[old[i].Fopcode] {
			continue
		}
		all[i] = jump(end)
		end += int32(copy(all[end:], collation(old, int(i))))
		all[end], all[end+1] = old[i], jump(i+1)
		if code := old[i].Fopcode; code == sqlite3.OP_Function || code == sqlite3.OP_PureFunc {
			(*sqlite3.Tsqlite3_context)(pointer(operand(&old[i]))).FiOp = end
		}
		end += 2
	}
	return p, size, nil
}

// collation is the OP_CollSeq before operation i, if there is one.
func collation(all []sqlite3.TVdbeOp, i int) []sqlite3.TVdbeOp {
	if i > 0 && all[i-1].Fopcode == sqlite3.OP_CollSeq {
		return all[i-1 : i]
	}
	return nil
}

func jump(to int32) sqlite3.TVdbeOp {
	return sqlite3.TVdbeOp{Fopcode: sqlite3.OP_Goto, Fp2: to}
}

// slow are the operations that take time by the length of a value. They do not
// depend on their place but as said above, and no other operation looks whether
// they are beside it.
var slow = [256]bool{
	sqlite3.OP_Function: true, sqlite3.OP_PureFunc: true, sqlite3.OP_Cast: true, sqlite3.OP_Affinity: true, sqlite3.OP_MustBeInt: true,
	sqlite3.OP_Eq: true, sqlite3.OP_Ne: true, sqlite3.OP_Lt: true, sqlite3.OP_Le: true, sqlite3.OP_Gt: true, sqlite3.OP_Ge: true,
	sqlite3.OP_Add: true, sqlite3.OP_Subtract: true, sqlite3.OP_Multiply: true, sqlite3.OP_Divide: true, sqlite3.OP_Remainder: true,
	sqlite3.OP_BitAnd: true, sqlite3.OP_BitOr: true, sqlite3.OP_BitNot: true, sqlite3.OP_ShiftLeft: true, sqlite3.OP_ShiftRight: true,
	sqlite3.OP_Concat: true, sqlite3.OP_And: true, sqlite3.OP_Or: true, sqlite3.OP_Not: true, sqlite3.OP_IsTrue: true,
	sqlite3.OP_If: true, sqlite3.OP_IfNot: true, sqlite3.OP_Copy: true, sqlite3.OP_MakeRecord: true,
	sqlite3.OP_AggStep: true, sqlite3.OP_AggInverse: true, sqlite3.OP_AggValue: true, sqlite3.OP_AggFinal: true,
}
