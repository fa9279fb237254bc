/** The few system calls Java lacks (mount, namespaces, netlink, nftables), through the FFM API. */
package dev.mokha.linux;
