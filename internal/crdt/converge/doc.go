// Package converge holds the tests that devices end up with the same data:
// random schemas, statements and deliveries against the pure merge of
// internal/crdt/model, stories of what happens to real devices, and faults put
// into the engine on purpose, each of which must be caught.
//
// It has no code of its own.
package converge
