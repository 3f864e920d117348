// Drives a sandbox by the official Node SDK, and prints what happened as one JSON object on the last line (the SDK prints, too).
// Usage: NODE_PATH=<node_modules> node drive.cjs <base URL> <project> <key id> <key secret>
'use strict';

const { SinchClient } = require('@sinch/sdk-core');

const [url, projectId, keyId, keySecret] = process.argv.slice(2);

function client(secret) {
  return new SinchClient({
    projectId,
    keyId,
    keySecret: secret,
    authHostname: url,
    elasticSipTrunkingHostname: url,
  }).elasticSipTrunking;
}

async function collect(pages) {
  const found = [];
  for await (const one of pages) found.push(one);
  return found;
}

async function refusal(promise) {
  try {
    await promise;
    return null;
  } catch (error) {
    const body = typeof error.data === 'string' ? JSON.parse(error.data) : error.data;
    return { kind: error.constructor.name, status: error.statusCode, body };
  }
}

async function trunks(api, done) {
  const body = { hostName: 'sdk-host', name: 'sdk' };
  const made = await api.sipTrunks.create({ createSipTrunkRequestBody: body });
  const sipTrunkId = made.id;
  done.trunk = made.hostName;
  done.trunkUpdated = (await api.sipTrunks.update({ sipTrunkId, updateSipTrunkRequestBody: { ...body, name: 'new' } })).name;
  done.trunkRead = (await api.sipTrunks.get({ sipTrunkId })).name;
  done.trunkListed = (await collect(api.sipTrunks.list({ size: 1 }))).some((one) => one.id === sipTrunkId);
  done.duplicate = await refusal(api.sipTrunks.create({ createSipTrunkRequestBody: body }));
  return sipTrunkId;
}

async function accessControlLists(api, done, trunkId) {
  const list = { name: 'sdk', ipRanges: [{ ipAddress: '192.0.2.1', range: 32 }] };
  const { id } = await api.accessControlList.create({ createAccessControlListBody: list });
  const added = await api.accessControlList.addIpRange({
    accessControlListId: id, addIpRangeRequestBody: { ipAddress: '192.0.2.2' },
  });
  const where = { accessControlListId: id, ipRangeId: added.id };
  await api.accessControlList.updateIpRange({ ...where, updateIpRangeRequestBody: { ipAddress: '192.0.2.3' } });
  done.ranges = (await collect(api.accessControlList.listIpRanges({ accessControlListId: id, size: 1 }))).length;
  await api.accessControlList.deleteIpRange(where);
  await api.accessControlList.update({ id, updateAccessControlListRequestBody: { name: 'new', ipRanges: list.ipRanges } });
  await api.accessControlList.addToTrunk({
    trunkId, addAccessControlListToTrunkRequestBody: { accessControlListIds: [id] },
  });
  done.aclsOnTrunk = (await collect(api.accessControlList.listForTrunk({ trunkId }))).length;
  done.attached = await refusal(api.accessControlList.delete({ id }));
  await api.accessControlList.deleteFromTrunk({ trunkId, accessControlListId: id });
  done.aclRead = (await api.accessControlList.get({ id })).name;
  done.acls = (await collect(api.accessControlList.list())).length;
  await api.accessControlList.delete({ id });
}

async function credentialLists(api, done, trunkId) {
  const credentials = ['sdk-one', 'sdk-two'].map((username) => ({ username, password: 'p4ss' }));
  const { id } = await api.credentialLists.create({ createCredentialListRequestBody: { name: 'sdk', credentials } });
  const body = { credentialListIds: [id] };
  await api.sipTrunks.addCredentialLists({ trunkId, addCredentialListIdsToTrunkRequestBody: body });
  await api.sipTrunks.updateCredentialLists({ trunkId, updateCredentialListIdsForTrunkRequestBody: body });
  done.credentialListsOnTrunk = (await collect(api.sipTrunks.listCredentialLists({ trunkId }))).map((one) => one.name);
  done.trunksByCredentialList = (await collect(api.credentialLists.listTrunks({ id }))).length;
  await endpoints(api, done, trunkId);
  await api.credentialLists.updateCredential({
    id, username: 'sdk-one', updateCredentialPasswordRequestBody: { password: 'new' },
  });
  await api.credentialLists.deleteCredential({ id, username: 'sdk-two' });
  await api.credentialLists.update({ id, updateCredentialListRequestBody: { name: 'new' } });
  done.credentialListRead = (await api.credentialLists.get({ id })).credentials.map((one) => one.username);
  done.credentialLists = (await collect(api.credentialLists.list())).length;
  await api.sipTrunks.deleteCredentialList({ trunkId, credentialListId: id });
  await api.credentialLists.delete({ id });
}

async function endpoints(api, done, sipTrunkId) {
  const registered = { name: 'sdk', priority: 1, isRegistered: true, credentialUsername: 'sdk-one' };
  const made = await api.sipEndpoints.create({ sipTrunkId, createSipEndpointRequestBody: registered });
  const where = { sipTrunkId, sipEndpointId: made.id };
  const fixed = { name: 'sdk', priority: 2, address: '192.0.2.9', port: 5061 };
  done.endpoint = made.credentialUsername;
  done.endpointUpdated = (await api.sipEndpoints.update({ ...where, updateSipEndpointRequestBody: fixed })).port;
  done.endpointRead = (await api.sipEndpoints.get(where)).address;
  done.endpoints = (await collect(api.sipEndpoints.list({ sipTrunkId }))).length;
  await api.sipEndpoints.delete(where);
}

async function rules(api, done) {
  const body = { name: 'sdk', direction: 'INBOUND', callerCountry: 'SE', calleeCountry: 'NO' };
  const made = [];
  for (const callerMatch of ['1', '2', '3']) {
    made.push(await api.callBlockingRules.create({ createCallBlockingRuleRequestBody: { ...body, callerMatch } }));
  }
  const { id } = made[0];
  done.rule = (await api.callBlockingRules.update({ id, updateCallBlockingRuleRequestBody: { ...body, name: 'new' } })).name;
  done.rules = (await collect(api.callBlockingRules.list({ size: 2 }))).length;
  for (const one of made) await api.callBlockingRules.delete({ id: one.id });
}

async function theRest(api, done) {
  done.countries = (await api.countryPermissions.list()).countryPermissions.length;
  await api.countryPermissions.update({ isoCode: 'AQ', updateCountryPermissionRequestBody: { enabled: false } });
  done.permission = (await api.countryPermissions.get({ isoCode: 'AQ' })).enabled;
  done.invalidCountry = await refusal(api.countryPermissions.get({ isoCode: 'XX' }));
  const calls = await collect(api.calls.find({ size: 5 }));
  done.calls = calls.length;
  done.distinctCalls = new Set(calls.map((one) => one.callId)).size;
  const range = { createTimeRange: { from: '2021-02-01', to: '2021-02-02' } };
  done.callsInRange = (await collect(api.calls.find(range))).length;
  done.exported = (await api.calls.export({ ...range, fileName: 'sdk' })).data.trim().split('\r\n').length;
  done.projects = (await api.projects.add({ addProjectsRequestBody: { projectIds: ['sdk-project'] } })).addedProjects;
}

async function main() {
  const done = {};
  const api = client(keySecret);
  const sipTrunkId = await trunks(api, done);
  await accessControlLists(api, done, sipTrunkId);
  await credentialLists(api, done, sipTrunkId);
  await rules(api, done);
  await theRest(api, done);
  await api.sipTrunks.delete({ sipTrunkId });
  done.gone = await refusal(api.sipTrunks.get({ sipTrunkId }));
  done.sipTrunkId = sipTrunkId;
  process.stdout.write('\n' + JSON.stringify(done));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
