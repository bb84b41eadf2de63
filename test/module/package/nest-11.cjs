require('reflect-metadata');
const common = require('@nestjs/common');
const core = require('@nestjs/core');
const library = require('nestjs-background-tasks');
const piscina = require('nestjs-background-tasks/piscina');
const answerOneRequest = require('./answer-one-request.cjs');

void answerOneRequest(common, core, library, piscina);
