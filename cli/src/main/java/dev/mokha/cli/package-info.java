/** The mokha command: wires everything, owns no logic. */
package dev.mokha.cli;
