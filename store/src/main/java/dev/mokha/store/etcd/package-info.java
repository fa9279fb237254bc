/**
 * The store on etcd, which several servers share.
 *
 * <p>Start with {@link dev.mokha.store.etcd.EtcdStore}. etcd's revisions are the store's revisions.
 * A cluster's keys lie below its own prefix, and other programs may use the same etcd: their writes
 * raise the revision too, which watches here see as progress marks.
 *
 * <p>The messages are etcd's own (jetcd-grpc), on grpc-java. jetcd's client is not used: it repeats
 * calls by itself, and so could not tell a write that was refused from one whose outcome is
 * unknown, and its watches take in all that etcd sends, however slow the listener is.
 *
 * <p>Nothing of gRPC is loaded before {@link dev.mokha.store.etcd.EtcdStore#open}.
 */
package dev.mokha.store.etcd;
