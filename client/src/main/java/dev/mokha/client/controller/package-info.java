/**
 * What every control loop is made of. Start with {@link dev.mokha.client.controller.Controller};
 * its {@link dev.mokha.client.controller.WorkQueue} keeps each key once and retries with back-off;
 * {@link dev.mokha.client.controller.EventRecorder} tells users what happened.
 */
package dev.mokha.client.controller;
