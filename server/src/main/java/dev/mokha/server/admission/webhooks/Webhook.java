package dev.mokha.server.admission.webhooks;

import dev.mokha.server.admission.matching.MatchConditions;
import dev.mokha.server.admission.matching.MatchCriteria;
import dev.mokha.server.webhook.WebhookTarget;
import java.time.Duration;

/**
 * One entry of {@code webhooks}, compiled.
 *
 * @param configuration the name of the object it is an entry of
 * @param name its own
 * @param index its place among all that are called for a kind of configuration
 * @param criteria which requests it is meant for
 * @param conditions under which conditions it is called for them
 * @param target where it is; null when its {@code clientConfig} is of no use
 * @param unusable why there is no target; else empty
 * @param reviewVersion {@code v1} or {@code v1beta1}, whichever it names first; empty when none
 * @param timeout for one call
 * @param failsClosed whether a request is refused that it could not be asked about
 * @param dryRunSafe whether it may be called for a request that is only a try
 * @param reinvocable whether it may be called a second time when others changed the object after it
 */
record Webhook(
    String configuration,
    String name,
    int index,
    MatchCriteria criteria,
    MatchConditions conditions,
    WebhookTarget target,
    String unusable,
    String reviewVersion,
    Duration timeout,
    boolean failsClosed,
    boolean dryRunSafe,
    boolean reinvocable) {}
